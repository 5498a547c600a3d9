import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const pieces = [];
let last;
for await (const event of await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Explain a tidal bore.',
  stream: true,
})) {
  if (event.event_type === 'step.delta' && event.delta.type === 'text') pieces.push(event.delta.text);
  last = event;
}
assert.equal(last.event_type, 'interaction.completed');
assert.ok(last.interaction.usage.total_tokens > 0);
assert.ok(pieces.length > 1);
assert.match(pieces.join(''), /tidal bore/);
