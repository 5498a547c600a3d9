import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const page = 'https://example.com/notices-to-mariners';
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: `Sum up ${page}`,
  tools: [{ type: 'url_context' }],
});
const [call] = answer.steps.filter((step) => step.type === 'url_context_call');
assert.deepEqual(call.arguments.urls, [page]);
assert.ok(answer.output_text);
