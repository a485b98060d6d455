import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { createOpenAiLanguageModel } from '../src/adapters/openai/openai-language-model';

import { describeLanguageModelContract } from './language-model.contract-suite';

let server: OpenAiServer;

beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(async () => {
  await server.close();
});

describeLanguageModelContract('OpenAiLanguageModel', async () => {
  await Promise.resolve();
  return createOpenAiLanguageModel({ apiKey: 'test', baseUrl: server.baseUrl });
});
