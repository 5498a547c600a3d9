import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({
  model: 'gemini-3-pro-image-preview',
  input: 'Sketch a cormorant in charcoal.',
  response_format: { type: 'image', mime_type: 'image/png' },
});
const image = answer.steps.flatMap((step) => step.content ?? []).find((part) => part.type === 'image');
assert.equal(Buffer.from(image.data, 'base64').subarray(1, 4).toString(), 'PNG');
