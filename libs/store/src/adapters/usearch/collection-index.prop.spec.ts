/** Random histories against a plain map: whatever the graph knows, the answer is that of an exact scan. */
import fc from 'fast-check';

import { dot, rowOf, sampleVectors } from '../../../contract/vector-truth';
import { CollectionIndex } from './collection-index';
import { RowArena } from './row-arena';

const width = 48;
const pool = sampleVectors(400, 7, width);

type Step =
  | { readonly kind: 'upsert'; readonly key: number; readonly vector: number }
  | { readonly kind: 'remove'; readonly key: number }
  | { readonly kind: 'grow'; readonly rows: number }
  | { readonly kind: 'search'; readonly vector: number; readonly limit: number; readonly every: number | undefined };

const key = fc.integer({ min: 1, max: 700 });
const vector = fc.nat(399);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('upsert' as const), key, vector }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('grow' as const), rows: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      vector,
      limit: fc.integer({ min: 0, max: 12 }),
      every: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
    }),
  },
);

function replay(steps: readonly Step[], arena: RowArena): void {
  const index = new CollectionIndex(arena, width, { graphFromRows: 20, scanUpToRows: 10 });
  const model = new Map<number, Float32Array>();
  for (const step of steps) {
    switch (step.kind) {
      case 'upsert':
        index.upsert([step.key], rowOf(pool, step.vector, width));
        model.set(step.key, rowOf(pool, step.vector, width));
        break;
      case 'remove':
        index.remove([step.key]);
        model.delete(step.key);
        break;
      case 'grow':
        index.growGraph(step.rows);
        break;
      case 'search': {
        const { every } = step;
        const query = rowOf(pool, step.vector, width);
        const admitted = [...model].filter(([key]) => every === undefined || key % every === 0);
        const keys = every === undefined ? undefined : admitted.map(([key]) => key).toSorted((a, b) => a - b);
        const scores = admitted.map(([, row]) => dot(row, query)).sort((a, b) => b - a);
        const hits = index.search(query, step.limit, keys);
        expect(hits).toHaveLength(Math.min(step.limit, admitted.length));
        hits.forEach(({ key, score }, nth) => {
          const row = model.get(key);
          expect(score).toBeCloseTo(row === undefined ? NaN : dot(row, query), 3);
          expect(score).toBeCloseTo(scores[nth] ?? NaN, 3);
          expect(every === undefined || key % every === 0).toBe(true);
        });
        break;
      }
    }
  }
  expect([...index.table.keys()]).toEqual([...model.keys()].toSorted((a, b) => a - b));
  index.table.free();
}

describe('CollectionIndex', () => {
  it('answers like an exact scan after any history', () => {
    const arena = new RowArena();
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 250, size: 'max' }), (steps) => {
        replay(steps, arena);
      }),
      // Also ends the search for a shorter history of a failure.
      { numRuns: 60, interruptAfterTimeLimit: 10_000 },
    );
  });

  it('uses the memory of a dropped collection again', () => {
    const arena = new RowArena();
    const fill = (): CollectionIndex => {
      const index = new CollectionIndex(arena, 384);
      const vectors = sampleVectors(500, 3, 384);
      for (let from = 0; from < 8_000; from += 500)
        index.upsert(
          Uint32Array.from({ length: 500 }, (_, nth) => from + nth + 1),
          vectors,
        );
      return index;
    };
    fill().table.free();
    const { bytes } = arena;
    fill().table.free();
    fill().table.free();
    expect(arena.bytes).toBe(bytes);
  });

  it('refuses vectors that are not unit vectors, for their products could overflow', () => {
    const index = new CollectionIndex(new RowArena(), 4);
    expect(() => {
      index.upsert([1], Float32Array.of(1, 1, 0, 0));
    }).toThrow(RangeError);
    expect(() => {
      index.upsert([1], Float32Array.of(NaN, 0, 0, 0));
    }).toThrow(RangeError);
    expect(() => index.search(Float32Array.of(0, 0, 0, 0), 1, undefined)).toThrow(RangeError);
    expect(index.table.size).toBe(0);
  });

  it('finds what is admitted when the filter and the question disagree, and the graph proposes other rows', () => {
    const index = new CollectionIndex(new RowArena(), width, { graphFromRows: 20, scanUpToRows: 10 });
    const query = rowOf(pool, 0, width);
    const order = Array.from({ length: 400 }, (_, nth) => nth + 1).sort(
      (a, b) => dot(rowOf(pool, a - 1, width), query) - dot(rowOf(pool, b - 1, width), query),
    );
    index.upsert(
      Array.from({ length: 400 }, (_, nth) => nth + 1),
      pool,
    );
    while (index.growGraph(64));
    const farther = order.slice(0, 200);
    expect(
      index
        .search(
          query,
          10,
          farther.toSorted((a, b) => a - b),
        )
        .map(({ key }) => key),
    ).toEqual(farther.slice(-10).reverse());
  });
});
