import { callContext } from '@acervo/kernel';

import { createLocalEmbedder, type LocalEmbedder } from './local-embedder';
import { verifyGoldenVectors } from './verify-model';

const passages = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `passage number ${at} `.repeat(8));

describe('LocalEmbedder', () => {
  let embedder: LocalEmbedder;
  beforeAll(async () => {
    embedder = createLocalEmbedder({ threads: 1, limits: { passage: { maxTexts: 64 }, query: { maxTexts: 4 } } });
    await embedder.ready();
  });
  afterAll(async () => {
    await embedder.close();
  });

  it('names weights and cut in its model, so that other vectors are never compared', async () => {
    expect(embedder.capabilities).toMatchObject({ model: 'local/e5-small-enpt@35198ee1/512', dimensions: 384 });
    const fast = createLocalEmbedder({ profile: 'fast' });
    expect(fast.capabilities).toMatchObject({ model: 'local/e5-small-enpt@35198ee1/256', maxTokens: 256 });
    await fast.close();
  });

  it('answers a query before the passages that wait already', async () => {
    const order: string[] = [];
    const ingestion = embedder
      .embedBatch(passages(24), 'passage', callContext(20_000))
      .then(() => order.push('passages'));
    const query = embedder.embedBatch(['docker'], 'query', callContext(20_000)).then(() => order.push('query'));
    await Promise.all([ingestion, query]);
    expect(order).toEqual(['query', 'passages']);
  });

  it('refuses more than its queue holds and frees the places of callers that leave', async () => {
    const caller = new AbortController();
    const calls = Array.from({ length: 3 }, async () => {
      await embedder.embedBatch(passages(30), 'passage', callContext(20_000, caller.signal));
    });
    const outcomes = Promise.allSettled(calls);
    await expect(Promise.all(calls)).rejects.toMatchObject({ code: 'EMBEDDING_OVERLOADED' });
    caller.abort();
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'answered',
    );
    expect(codes.sort()).toEqual(['EMBEDDING_OVERLOADED', 'REQUEST_CANCELLED', 'REQUEST_CANCELLED']);
    expect(embedder.load).toMatchObject({ waitingTexts: 0, waitingTokens: 0 });
  });

  it('gives the golden vectors of the model', async () => {
    const { texts, lowestCosine, differentIds } = await verifyGoldenVectors();
    expect(texts).toBe(20);
    expect(differentIds).toEqual([]);
    expect(lowestCosine).toBeGreaterThan(0.999);
  });
});
