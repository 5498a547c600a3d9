import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: [
    {
      type: 'user_input',
      content: [{ type: 'image', uri: `${process.env.WEB}/seal.jpg` }, { type: 'text', text: 'What are its measures?' }],
    },
  ],
});
assert.match(answer.output_text, /211/);
assert.match(answer.output_text, /97/);
