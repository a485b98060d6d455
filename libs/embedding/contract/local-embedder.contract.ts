import { createLocalEmbedder } from '../src/adapters/local/local-embedder';

import { describeEmbedderContract } from './embedder-contract';

describeEmbedderContract('LocalEmbedder', async () => {
  const embedder = createLocalEmbedder({ threads: 1 });
  await embedder.ready();
  return embedder;
});
