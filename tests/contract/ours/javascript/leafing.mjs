import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const data = fs.readFileSync('almanac.pdf', { encoding: 'base64' });
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: [{ type: 'user_input', content: [{ type: 'document', data, mime_type: 'application/pdf' }, { type: 'text', text: 'What is it about?' }] }],
});
assert.match(answer.output_text, /13/);
