import type { VectorIndex } from '../src/vector-index';
import { soon } from './sample-documents';
import { sampleEntries, sampleVectors, VectorTruth, vectorSpec } from './vector-truth';

/** For an engine that several stores may use, each of which gives out the same keys. @param open an index over it */
export function itKeepsStoresApart(open: (truth: VectorTruth) => VectorIndex): void {
  it('keeps stores apart whose collections have the same name and the same keys', async () => {
    const [query, other] = [sampleVectors(1, 3), sampleVectors(1, 4)];
    const indexes: VectorIndex[] = [];
    for (const [id, vectors] of [
      ['one', query],
      ['two', other],
    ] as const) {
      const truth = new VectorTruth(id);
      truth.commit('shared', sampleEntries(1), vectors);
      const index = open(truth);
      await index.open(vectorSpec('shared'), soon());
      indexes.push(index);
    }
    const [first, second] = indexes;
    const bestScore = async (index: VectorIndex | undefined): Promise<number | undefined> =>
      (await index?.search('shared', [{ vector: query, limit: 1 }], soon()))?.[0]?.[0]?.score;
    expect(await bestScore(first)).toBeCloseTo(1, 3);
    expect(await bestScore(second)).toBeLessThan(0.9);
    await second?.drop('shared', soon());
    expect(await bestScore(first)).toBeCloseTo(1, 3);
    await first?.drop('shared', soon());
    for (const index of indexes) await index.close();
  });
}
