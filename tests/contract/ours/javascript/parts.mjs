import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const parts = [{ type: 'text', text: 'Tell me about marram grass.' }, { type: 'text', text: 'Be brief.' }];
const answer = await client.interactions.create({ model: 'gemini-2.5-flash-lite', input: [{ type: 'user_input', content: parts }] });
assert.match(answer.output_text, /marram grass/);
