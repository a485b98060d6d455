import { createLocalEmbedder } from '@acervo/embedding';

import { ExtractiveLanguageModel } from '../src/adapters/extractive/extractive-language-model';

import { describeLanguageModelContract } from './language-model.contract-suite';

const embedder = createLocalEmbedder({ threads: 1 });

afterAll(async () => {
  await embedder.close();
});

describeLanguageModelContract('ExtractiveLanguageModel', async () => {
  await embedder.ready();
  return new ExtractiveLanguageModel(embedder);
});
