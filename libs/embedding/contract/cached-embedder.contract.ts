import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDiskTier, GuardedTier } from '@acervo/cache';

import { createLocalEmbedder } from '../src/adapters/local/local-embedder';
import { createCachedEmbedder } from '../src/cached-embedder';

import { describeEmbedderContract } from './embedder-contract';

let directory: string;
let tier: GuardedTier;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'acervo-embeddings-'));
  tier = new GuardedTier(await createDiskTier({ path: join(directory, 'cache.db'), maxBytes: 1 << 24 }));
});
afterAll(async () => {
  await tier.close();
  await rm(directory, { recursive: true });
});

// The second one finds on the disk what the first one computed.
for (const state of ['cold', 'warm']) {
  describeEmbedderContract(`CachedEmbedder, ${state},`, async () => {
    const embedder = createLocalEmbedder({ threads: 1 });
    await embedder.ready();
    return createCachedEmbedder(embedder, { memoryBytes: 1 << 20, tiers: [tier] });
  });
}
