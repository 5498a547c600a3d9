import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({ model: 'gemini-2.5-pro', input: 'Why do puffins nest in burrows?' });
assert.equal(answer.status, 'completed');
assert.match(answer.output_text, /puffins/);
