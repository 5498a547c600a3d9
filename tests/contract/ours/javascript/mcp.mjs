import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const server = { type: 'mcp_server', name: 'harbourmaster', url: 'https://berths.example.net/mcp' };
const answer = await client.interactions.create({
  model: 'gemini-2.5-flash',
  input: 'Which berths are free in Lowestoft?',
  tools: [server],
});
const [call] = answer.steps.filter((step) => step.type === 'mcp_server_tool_call');
assert.equal(call.server_name, 'harbourmaster');
assert.match(answer.output_text, /Lowestoft/);
