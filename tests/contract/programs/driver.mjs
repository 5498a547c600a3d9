// Does with @google/genai what each line of JSON on stdin asks, and answers with one line of JSON.
// argv[2] is the folder of one SDK's environment.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Judge } from './judge.mjs';

const folder = process.argv[2];
const load = createRequire(`${folder}/`);
const { GoogleGenAI } = load('@google/genai');
let client;
let judge;
let perCall;

async function read(stream, take) {
  const events = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === take) break;
  }
  return events;
}

const calls = {
  open({ base_url, key, attempts, headers }) {
    perCall = attempts === null ? undefined : { maxRetries: attempts - 1 };
    client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base_url, headers } });
  },
  create: (body) => client.interactions.create(body, perCall),
  async stream({ take, ...body }) {
    return read(await client.interactions.create({ ...body, stream: true }, perCall), take);
  },
  get: ({ id, ...query }) => client.interactions.get(id, query, perCall),
  async follow({ id, take, ...query }) {
    return read(await client.interactions.get(id, { ...query, stream: true }, perCall), take);
  },
  cancel: ({ id }) => client.interactions.cancel(id, {}, perCall),
  delete: ({ id }) => client.interactions.delete(id, {}, perCall),
  upload: ({ path, mime_type }) => client.files.upload({ file: path, config: { mimeType: mime_type } }),
  file: ({ name }) => client.files.get({ name }),
  async files() {
    const found = [];
    for await (const file of await client.files.list()) found.push(file);
    return found;
  },
  async forget_file({ name }) {
    await client.files.delete({ name });
  },
  judge({ kind, document }) {
    judge ??= new Judge(load('typescript'), folder);
    return judge.problems(kind, document);
  },
};

async function answer({ do: name, with: given }) {
  try {
    return { value: (await calls[name](given)) ?? null };
  } catch (error) {
    return { error: { type: error.constructor.name, status: error.status ?? null, message: error.message } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
