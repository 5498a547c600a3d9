import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Tell me a tale of a phantom lugger.',
  generation_config: { temperature: 0.2, max_output_tokens: 8, thinking_level: 'low' },
});
assert.equal(answer.status, 'incomplete');
assert.ok(answer.usage.total_output_tokens <= 8);
