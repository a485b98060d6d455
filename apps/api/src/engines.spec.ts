import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '@acervo/config';
import type { IngestOutcome } from '@acervo/ingest';
import { callContext, type CallContext } from '@acervo/kernel';
import { startScriptedServer } from '@acervo/testing';

import { openEngines, type Engines } from './engines';
import { createLogger } from './logger';

describe('the engines of a configuration', () => {
  let directory: string;
  const soon = (): CallContext => callContext(20_000);

  /** Opens engines in the folder of the test, and closes them. */
  const using = async (
    settings: Readonly<Record<string, string>>,
    work: (engines: Engines) => Promise<void>,
  ): Promise<void> => {
    const { config } = loadConfig({ DATA_DIR: join(directory, 'data'), ...settings });
    const engines = await openEngines(config, createLogger({ ...config, LOG_LEVEL: 'error' }));
    try {
      await work(engines);
    } finally {
      await engines.close();
    }
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-engines-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('have a parser that keeps the configured size of a file', async () => {
    const path = join(directory, 'large.txt');
    writeFileSync(path, 'word '.repeat(230_000));
    await using({ MAX_UPLOAD_MEGABYTES: '1' }, async ({ ingester }) => {
      await ingester.ensureCollection('documents', soon());
      const item = { id: 'large', hasOwnId: true, source: 'large.txt', path, name: 'large.txt', given: {} };
      const outcomes: IngestOutcome[] = [];
      for await (const outcome of ingester.ingest('documents', [item], soon())) outcomes.push(outcome);
      expect(outcomes).toMatchObject([{ type: 'skipped', error: { code: 'DOCUMENT_TOO_LARGE' } }]);
    });
  });

  it('tell the edge which collection has changed, with its last generation, before they are closed', async () => {
    const edge = await startScriptedServer({ '/purge': () => ({}) });
    const settings = { CACHE_PURGE_URL: `${edge.origin}/purge`, CACHE_PURGE_TOKEN: 'token' };
    let generation = 0;
    await using(settings, async ({ ingester, writer }) => {
      await ingester.ensureCollection('edge', soon());
      ({ generation } = await writer.apply('edge', {}, soon()));
    });
    await edge.close();
    const last = edge.requests.at(-1);
    expect(last?.body).toEqual({ collection: 'edge', generation, surrogate_keys: ['collection-edge'] });
    expect(last?.headers.authorization).toBe('Bearer token');
  });

  it('find after a restart the embeddings of before', async () => {
    for (const hits of [0, 1]) {
      await using({}, async ({ embedder, embeddingCache }) => {
        await embedder.embedBatch(['the same passage'], 'passage', soon());
        expect(await embeddingCache?.stats()).toMatchObject({ hits, misses: 1 - hits });
      });
    }
  });

  it.each([
    { ENABLE_CACHE: 'false', tiers: 0 },
    { ENABLE_EMBEDDING_CACHE: 'false', tiers: 1 },
    { CACHE_DISK_MEGABYTES: '0', tiers: 0, isCached: true },
  ])('keep what they are told to keep: %j', async ({ tiers, isCached = false, ...settings }) => {
    await using(settings, async ({ cacheTiers, embeddingCache }) => {
      expect(cacheTiers).toHaveLength(tiers);
      expect(embeddingCache !== undefined).toBe(isCached);
      await Promise.resolve();
    });
  });
});
