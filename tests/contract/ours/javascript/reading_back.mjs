import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const made = await client.interactions.create({ model: 'gemini-2.5-flash', input: 'Describe a dunlin.' });
const found = await client.interactions.get(made.id, { include_input: true });
assert.equal(found.output_text, made.output_text);
assert.match(JSON.stringify(found.input), /dunlin/);
assert.equal(found.steps[0].type, 'user_input');
