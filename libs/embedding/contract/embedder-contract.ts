import { callContext } from '@acervo/kernel';

import type { Embedder } from '../src/embedder';

const TIMEOUT_MS = 20_000;

/** What every embedder must do, whatever computes its vectors. `make` gives a fresh one; the suite closes it. */
export function describeEmbedderContract(name: string, make: () => Promise<Embedder>): void {
  describe(`${name} keeps the contract of Embedder`, () => {
    let embedder: Embedder;
    const vectorsOf = async (texts: string[], kind: 'query' | 'passage'): Promise<Float32Array[]> => {
      const { dimensions } = embedder.capabilities;
      const all = await embedder.embedBatch(texts, kind, callContext(TIMEOUT_MS));
      return texts.map((_, at) => all.subarray(at * dimensions, (at + 1) * dimensions));
    };

    beforeAll(async () => {
      embedder = await make();
      await embedder.checkHealth(callContext(TIMEOUT_MS));
    });
    afterAll(async () => {
      await embedder.close();
    });

    it('gives one unit vector of the promised size per text', async () => {
      const texts = ['Como configurar Docker?', 'deploy with Kubernetes', ''];
      const all = await embedder.embedBatch(texts, 'query', callContext(TIMEOUT_MS));
      expect(all).toBeInstanceOf(Float32Array);
      expect(all).toHaveLength(texts.length * embedder.capabilities.dimensions);
      for (const vector of await vectorsOf(texts, 'query')) expect(norm(vector)).toBeCloseTo(1, 5);
    });

    it('keeps the order of the texts, whatever their lengths', async () => {
      const texts = ['um', 'duas palavras '.repeat(60), 'three', 'quatro ou cinco palavras aqui', 'x y z'.repeat(20)];
      const together = await vectorsOf(texts, 'passage');
      for (const [at, text] of texts.entries()) {
        const [alone] = await vectorsOf([text], 'passage');
        expect(dot(together[at], alone)).toBeGreaterThan(0.9999);
      }
    });

    it('gives equal vectors for equal texts', async () => {
      const [first, second] = await vectorsOf(['mesmo texto', 'mesmo texto'], 'query');
      expect(dot(first, second)).toBeCloseTo(1, 5);
    });

    it('puts a query nearer to a passage about its subject than to another', async () => {
      const [query] = await vectorsOf(['docker container deployment'], 'query');
      const [about, other] = await vectorsOf(
        ['docker container deployment of the server', 'feijoada com arroz e laranja'],
        'passage',
      );
      expect(dot(query, about)).toBeGreaterThan(dot(query, other));
    });

    it('gives an empty array for no texts', async () => {
      await expect(embedder.embedBatch([], 'query', callContext(TIMEOUT_MS))).resolves.toHaveLength(0);
    });

    it('refuses more texts than it promised to take', async () => {
      const texts = Array.from({ length: embedder.capabilities.maxBatchItems + 1 }, () => 'x');
      await expect(embedder.embedBatch(texts, 'query', callContext(TIMEOUT_MS))).rejects.toThrow(RangeError);
    });

    it('takes texts longer than it reads, and lone surrogates', async () => {
      const texts = ['palavra '.repeat(20_000), 'a\ud800b\udc00'];
      for (const vector of await vectorsOf(texts, 'passage')) expect(norm(vector)).toBeCloseTo(1, 5);
    });

    it('answers many calls at once, each with its own vectors', async () => {
      const texts = Array.from({ length: 24 }, (_, at) => `question number ${at} about topic${at}`);
      const together = await Promise.all(texts.map(async (text) => await vectorsOf([text], 'query')));
      const [alone] = await vectorsOf([texts[17] ?? ''], 'query');
      expect(dot(together[17]?.[0], alone)).toBeGreaterThan(0.9999);
      expect(dot(together[16]?.[0], alone)).toBeLessThan(0.9999);
    });

    it('does no work for a caller that has left', async () => {
      const left = new AbortController();
      left.abort();
      await expect(embedder.embedBatch(['x'], 'query', callContext(TIMEOUT_MS, left.signal))).rejects.toMatchObject({
        code: 'REQUEST_CANCELLED',
      });
    });

    it('lets go of a caller that leaves meanwhile', async () => {
      const caller = new AbortController();
      const vectors = embedder.embedBatch(['x y z'], 'query', callContext(TIMEOUT_MS, caller.signal));
      caller.abort();
      await expect(vectors).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    });

    it('keeps a deadline that has passed', async () => {
      await expect(embedder.embedBatch(['x'], 'query', callContext(0))).rejects.toMatchObject({
        code: 'REQUEST_DEADLINE_EXCEEDED',
      });
    });

    it('refuses calls once it is closed, and closes twice without harm', async () => {
      const closing = await make();
      await closing.close();
      await closing.close();
      const context = callContext(TIMEOUT_MS);
      await expect(closing.embedBatch(['x'], 'query', context)).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
      await expect(closing.checkHealth(context)).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    });
  });
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error('There is no vector to compare.');
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? NaN), 0);
}

function norm(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}
