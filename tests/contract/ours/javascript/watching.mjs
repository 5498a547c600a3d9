import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const data = fs.readFileSync('harbour.mp4', { encoding: 'base64' });
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: [{ type: 'user_input', content: [{ type: 'video', data, mime_type: 'video/mp4' }, { type: 'text', text: 'What happens in it?' }] }],
});
assert.match(answer.output_text, /11/);
