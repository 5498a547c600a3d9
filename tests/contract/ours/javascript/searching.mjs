import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Who charted the Goodwin Sands?',
  tools: [{ type: 'google_search' }],
});
const kinds = answer.steps.map((step) => step.type);
assert.ok(kinds.indexOf('google_search_call') >= 0);
assert.ok(kinds.indexOf('google_search_result') > kinds.indexOf('google_search_call'));
assert.match(answer.output_text, /Goodwin Sands/);
