import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';
import { z } from 'zod';

const client = new GoogleGenAI({});
const Race = z.object({ winner: z.string(), seconds: z.number().nullable() });
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Who won the last barge match on the Medway?',
  tools: [{ type: 'google_search' }],
  response_format: { type: 'text', mime_type: 'application/json', schema: z.toJSONSchema(Race) },
});
Race.parse(JSON.parse(answer.output_text));
assert.ok(answer.steps.some((step) => step.type === 'google_search_call'));
