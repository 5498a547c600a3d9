import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const data = fs.readFileSync('lightship.png', { encoding: 'base64' });
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: [{ type: 'user_input', content: [{ type: 'image', data, mime_type: 'image/png' }, { type: 'text', text: 'How large is the picture?' }] }],
});
assert.match(answer.output_text, /131/);
assert.match(answer.output_text, /77/);
