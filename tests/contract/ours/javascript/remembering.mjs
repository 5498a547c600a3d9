import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const model = 'gemini-2.5-flash';
const first = await client.interactions.create({ model, input: 'Hello, my name is Ermintrude.' });
const second = await client.interactions.create({ model, input: 'What is my name?', previous_interaction_id: first.id });
assert.match(second.output_text, /Ermintrude/);
