import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Calculate the 37th Fibonacci number.',
  tools: [{ type: 'code_execution' }],
});
const [result] = answer.steps.filter((step) => step.type === 'code_execution_result');
assert.match(result.result, /24157817/);
assert.match(answer.output_text.replaceAll(',', ''), /24157817/);
