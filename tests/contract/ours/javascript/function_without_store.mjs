import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const tool = {
  type: 'function',
  name: 'book_pilot',
  description: 'Books a pilot for a ship.',
  parameters: {
    type: 'object',
    properties: { ship: { type: 'string' }, date: { type: 'string', description: 'The day, e.g. 2027-01-31' } },
    required: ['ship', 'date'],
  },
};
const asked = { model: 'gemini-2.5-flash', tools: [tool], store: false };
const text = 'Book a pilot for the ship Thermopylae on 2028-02-29.';
const history = [{ type: 'user_input', content: [{ type: 'text', text }] }];
const first = await client.interactions.create({ ...asked, input: history });
const [call] = first.steps.filter((step) => step.type === 'function_call');
assert.match(call.arguments.ship, /Thermopylae/);
assert.equal(call.arguments.date, '2028-02-29');
history.push(...first.steps, { type: 'function_result', call_id: call.id, name: call.name, result: { pilot: 'Mr Gribble' } });
const second = await client.interactions.create({ ...asked, input: history });
assert.match(second.output_text, /Mr Gribble/);
