import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const file = await client.files.upload({ file: 'lightship.png', config: { mimeType: 'image/png' } });
while ((await client.files.get({ name: file.name })).state !== 'ACTIVE') {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const content = [{ type: 'image', uri: file.uri, mime_type: 'image/png' }, { type: 'text', text: 'How large is it?' }];
const answer = await client.interactions.create({ model: 'gemini-2.5-flash', input: [{ type: 'user_input', content }] });
assert.match(answer.output_text, /131/);
assert.match(answer.output_text, /77/);
await client.files.delete({ name: file.name });
