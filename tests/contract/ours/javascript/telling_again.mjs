import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const said = (text) => ({ type: 'user_input', content: [{ type: 'text', text }] });
const asked = { model: 'gemini-2.5-flash', store: false };
const history = [said('Hello, my name is Ignatius.')];
const first = await client.interactions.create({ ...asked, input: history });
history.push(...first.steps, said('What is my name?'));
const second = await client.interactions.create({ ...asked, input: history });
assert.match(second.output_text, /Ignatius/);
