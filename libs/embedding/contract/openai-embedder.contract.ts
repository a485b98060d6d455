import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { createOpenAiEmbedder } from '../src/adapters/openai/openai-embedder';

import { describeEmbedderContract } from './embedder-contract';

let server: OpenAiServer;

beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(async () => {
  await server.close();
});

describeEmbedderContract('OpenAiEmbedder', async () => {
  await Promise.resolve();
  return createOpenAiEmbedder({ apiKey: 'test', baseUrl: server.baseUrl });
});
