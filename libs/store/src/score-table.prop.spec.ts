import fc from 'fast-check';

import { KeySet } from './key-set';
import { ScoreTable } from './score-table';

const key = fc.integer({ min: 1, max: 0xffff_ffff });
const additions = fc.array(fc.tuple(fc.oneof(key, fc.integer({ min: 1, max: 50 })), fc.integer({ min: 1, max: 5 })));

describe('ScoreTable', () => {
  it('sums by key and gives the best, ties by key, like a plain map does', () => {
    fc.assert(
      fc.property(additions, fc.integer({ min: 0, max: 20 }), (added, limit) => {
        const table = new ScoreTable(added.length);
        const sums = new Map<number, number>();
        for (const [at, score] of added) {
          table.add(at, score);
          sums.set(at, (sums.get(at) ?? 0) + score);
        }
        const expected = [...sums]
          .map(([at, score]) => ({ key: at, score: Math.min(12, score) }))
          .sort((left, right) => right.score - left.score || left.key - right.key)
          .slice(0, limit);
        expect(table.best(limit, 12)).toEqual(expected);
      }),
    );
  });
});

describe('KeySet', () => {
  it('holds exactly the keys it was made of', () => {
    const near = fc.integer({ min: 1_000_000, max: 1_002_000 });
    fc.assert(
      fc.property(fc.uniqueArray(near), fc.array(near), (keys, others) => {
        const set = new KeySet(Uint32Array.from(keys).sort());
        for (const other of [...keys, ...others]) expect(set.has(other)).toBe(keys.includes(other));
      }),
    );
  });
});
