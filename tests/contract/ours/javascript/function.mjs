import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const model = 'gemini-2.5-flash';
const tool = {
  type: 'function',
  name: 'swing_bridge',
  description: 'Opens or closes a bridge.',
  parameters: {
    type: 'object',
    properties: { bridge: { type: 'string' }, position: { type: 'string', enum: ['open', 'closed'] } },
    required: ['bridge', 'position'],
  },
};
const asked = await client.interactions.create({ model, input: 'Swing the bridge Selby Nine.', tools: [tool] });
assert.equal(asked.status, 'requires_action');
const [call] = asked.steps.filter((step) => step.type === 'function_call');
assert.match(call.arguments.bridge, /Selby Nine/);
assert.ok(['open', 'closed'].includes(call.arguments.position));
const answer = await client.interactions.create({
  model,
  previous_interaction_id: asked.id,
  input: [{ type: 'function_result', call_id: call.id, name: call.name, result: 'It stands at 42 degrees.' }],
  tools: [tool],
});
assert.match(answer.output_text, /42 degrees/);
