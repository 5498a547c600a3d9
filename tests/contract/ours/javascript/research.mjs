import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
let run = await client.interactions.create({
  agent: 'deep-research-max-preview-04-2026',
  input: 'Report on the pearl mussels of the Esk.',
  background: true,
  labels: { river: 'esk' },
});
while (['queued', 'in_progress'].includes(run.status)) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  run = await client.interactions.get(run.id);
}
const parts = run.steps.filter((step) => step.type === 'model_output').flatMap((step) => step.content);
assert.equal(run.status, 'completed');
assert.match(parts.map((part) => part.text ?? '').join(''), /mussels/);
assert.equal(run.labels.river, 'esk');
assert.ok(run.usage.total_tokens > 0);
