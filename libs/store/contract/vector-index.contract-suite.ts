/** What every VectorIndex must do, on the real engine; the truth beside it is a plain map. */
import { callContext } from '@acervo/kernel';

import type { VectorEntry, VectorIndex } from '../src/vector-index';
import { soon } from './sample-documents';
import {
  dimensions,
  dot,
  exactKeys,
  rowOf,
  sampleEntries,
  sampleVectors,
  vectorSpec,
  type VectorTruth,
} from './vector-truth';

export interface VectorIndexHarness {
  readonly truth: VectorTruth;
  /** A new index over the same files or server, as after a restart. */
  readonly restart: () => VectorIndex;
  readonly stop: () => Promise<void>;
}

const count = 300;

export function describeVectorIndexContract(technology: string, make: () => Promise<VectorIndexHarness>): void {
  describe(`VectorIndex on ${technology}`, () => {
    const entries = sampleEntries(count);
    const vectors = sampleVectors(count, 1);
    const query = sampleVectors(1, 99);
    let harness: VectorIndexHarness;
    let index: VectorIndex;
    let name: string;
    let nth = 0;

    const search = async (limit: number, admitted?: readonly VectorEntry[], filter = {}): Promise<number[]> => {
      const narrowing =
        admitted === undefined ? undefined : { filter, keys: Uint32Array.from(admitted, ({ key }) => key) };
      const [hits = []] = await index.search(name, [{ vector: query, limit, narrowing }], soon());
      return hits.map(({ key }) => key);
    };
    const restart = async (): Promise<void> => {
      await index.close();
      index = harness.restart();
      await index.open(vectorSpec(name), soon());
    };
    const fill = async (): Promise<void> => {
      await index.upsert(name, entries, vectors, soon());
      harness.truth.commit(name, entries, vectors);
    };

    beforeAll(async () => {
      harness = await make();
      index = harness.restart();
    });
    afterAll(async () => {
      await index.close();
      await harness.stop();
    });
    beforeEach(async () => {
      name = `Coleção nº ${++nth} / sample`;
      await index.open(vectorSpec(name), soon());
    });

    it('finds the nearest first, with their cosines', async () => {
      await fill();
      const [hits = []] = await index.search(name, [{ vector: query, limit: 10 }], soon());
      expect(hits.map(({ key }) => key)).toEqual(exactKeys(entries, vectors, query, 10));
      for (const { key, score } of hits) expect(score).toBeCloseTo(dot(rowOf(vectors, key - 1), query), 3);
    });

    it('answers several queries in their order, each with its own limit and narrowing', async () => {
      await fill();
      const other = rowOf(vectors, 41);
      const pt = entries.filter(({ language }) => language === 'pt');
      const narrowing = { filter: {}, keys: Uint32Array.from(pt, ({ key }) => key) };
      const answers = await index.search(
        name,
        [
          { vector: query, limit: 3 },
          { vector: other, limit: 1 },
          { vector: query, limit: 5, narrowing },
          { vector: other, limit: 2, narrowing },
        ],
        soon(),
      );
      const isPt = ({ language }: VectorEntry): boolean => language === 'pt';
      expect(answers.map((hits) => hits.map(({ key }) => key))).toEqual([
        exactKeys(entries, vectors, query, 3),
        [42],
        exactKeys(entries, vectors, query, 5, isPt),
        exactKeys(entries, vectors, other, 2, isPt),
      ]);
    });

    it('finds nothing in an empty collection, and no more than there is', async () => {
      expect(await search(5)).toEqual([]);
      await index.upsert(name, entries.slice(0, 2), vectors.slice(0, 2 * dimensions), soon());
      expect((await search(5)).toSorted()).toEqual([1, 2]);
      expect(await search(0)).toEqual([]);
    });

    it.each([
      ['types', { docTypes: ['guide', 'news'] }, ({ docType }: VectorEntry) => docType !== 'reference'],
      ['a language', { languages: ['pt' as const] }, ({ language }: VectorEntry) => language === 'pt'],
      [
        'dates',
        { dateFrom: '2024-03-01', dateTo: '2024-06-30' },
        ({ date = '' }: VectorEntry) => date >= '2024-03-01' && date <= '2024-06-30',
      ],
      ['a source prefix', { sourcePrefix: 'folder-1/' }, ({ source }: VectorEntry) => source.startsWith('folder-1/')],
      [
        'metadata',
        { metadata: [{ field: 'a', operator: '$eq' as const, value: 1 }] },
        ({ key }: VectorEntry) => key % 5 === 0,
      ],
    ])('finds only what a filter on %s admits, and all of it', async (_, filter, isAdmitted) => {
      await fill();
      const admitted = entries.filter(isAdmitted);
      expect(await search(10, admitted, filter)).toEqual(exactKeys(entries, vectors, query, 10, isAdmitted));
      expect(await search(count, admitted, filter)).toHaveLength(admitted.length);
    });

    it('finds nothing when no chunk is admitted', async () => {
      await fill();
      expect(await search(10, [])).toEqual([]);
    });

    it('finds admitted chunks that are the farthest of all', async () => {
      await fill();
      const farthest = exactKeys(entries, vectors, query, count).slice(-20);
      const admitted = entries.filter(({ key }) => farthest.includes(key));
      expect(await search(10, admitted)).toEqual(farthest.slice(0, 10));
    });

    it('replaces a vector that is sent again', async () => {
      await fill();
      await index.upsert(name, entries.slice(0, 1), query, soon());
      await index.upsert(name, entries.slice(0, 1), query, soon());
      const hits = await search(count + 10);
      expect(hits[0]).toBe(1);
      expect(hits.filter((key) => key === 1)).toHaveLength(1);
    });

    it('forgets removed keys and takes no notice of unknown ones', async () => {
      await fill();
      const gone = exactKeys(entries, vectors, query, 5);
      await index.remove(name, [...gone, 9_999], soon());
      expect(await search(5)).toEqual(exactKeys(entries, vectors, query, 10).slice(5));
    });

    it('gives cosines in the order asked for, NaN for unknown keys', async () => {
      await fill();
      const cosines = await index.cosines(name, query, [7, 9_999, 3, 7], soon());
      const [seventh, unknown, third, again] = cosines;
      expect(seventh).toBeCloseTo(dot(rowOf(vectors, 6), query), 3);
      expect(unknown).toBeNaN();
      expect(third).toBeCloseTo(dot(rowOf(vectors, 2), query), 3);
      expect(again).toBe(seventh);
    });

    it('holds everything after a restart', async () => {
      await fill();
      await restart();
      expect(await search(10)).toEqual(exactKeys(entries, vectors, query, 10));
    });

    it('drops at the next start what was never committed, and adds what it lacks', async () => {
      await index.upsert(name, entries.slice(0, 100), vectors.slice(0, 100 * dimensions), soon());
      harness.truth.commit(name, entries.slice(50), vectors.slice(50 * dimensions));
      await restart();
      expect((await search(count)).toSorted((a, b) => a - b)).toEqual(entries.slice(50).map(({ key }) => key));
    });

    it('keeps, when opened again, what this process sent and will commit', async () => {
      await fill();
      const late = sampleEntries(1, 1_000);
      await index.upsert(name, late, query, soon());
      harness.truth.hide(name, [1]);
      await index.open(vectorSpec(name), soon());
      expect((await search(1))[0]).toBe(1_000);
    });

    it('follows another process that commits and removes, when opened again', async () => {
      harness.truth.commit(name, entries, vectors);
      await index.open(vectorSpec(name), soon());
      expect(await search(count)).toHaveLength(count);
      harness.truth.hide(name, [1, 2, 3]);
      await index.open(vectorSpec(name), soon());
      expect(await search(count)).toHaveLength(count - 3);
    });

    it('keeps collections with like names apart, and drops one without the other', async () => {
      await fill();
      const twin = name.toUpperCase();
      await index.open(vectorSpec(twin), soon());
      await index.upsert(twin, entries.slice(0, 1), vectors.slice(0, dimensions), soon());
      await index.drop(twin, soon());
      expect(await search(count)).toHaveLength(count);
      await index.open(vectorSpec(twin), soon());
      expect(await index.search(twin, [{ vector: query, limit: 1 }], soon())).toEqual([[]]);
    });

    it('refuses work on a collection that was not opened', async () => {
      await expect(index.search('unknown', [{ vector: query, limit: 1 }], soon())).rejects.toMatchObject({
        code: 'VECTOR_INDEX_UNAVAILABLE',
      });
    });

    it('refuses vectors of another size', async () => {
      await expect(index.upsert(name, entries.slice(0, 1), new Float32Array(3), soon())).rejects.toThrow(RangeError);
    });

    it('does nothing for a caller who left', async () => {
      const left = callContext(1_000, AbortSignal.abort());
      await expect(index.search(name, [{ vector: query, limit: 1 }], left)).rejects.toMatchObject({
        code: 'REQUEST_CANCELLED',
      });
    });

    it('is healthy while open, and refuses calls once closed', async () => {
      await expect(index.checkHealth(soon())).resolves.toBeUndefined();
      const other = harness.restart();
      await other.close();
      await expect(other.checkHealth(soon())).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    });
  });
}
