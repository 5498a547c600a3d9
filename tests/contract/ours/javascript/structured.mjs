import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';
import { z } from 'zod';

const client = new GoogleGenAI({});
const Dinghy = z.object({
  name: z.string().min(2),
  rig: z.enum(['lug', 'gunter']),
  sails: z.array(z.number().int().min(1)).min(2),
});
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Describe the dinghy Swallow.',
  response_format: { type: 'text', mime_type: 'application/json', schema: z.toJSONSchema(Dinghy) },
});
assert.ok(Dinghy.parse(JSON.parse(answer.output_text)).sails.length >= 2);
