import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const data = fs.readFileSync('foghorn.wav', { encoding: 'base64' });
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: [{ type: 'user_input', content: [{ type: 'audio', data, mime_type: 'audio/wav' }, { type: 'text', text: 'What is to be heard?' }] }],
});
assert.match(answer.output_text, /3\.5/);
