import { scoreOf, type KeyScores } from './key-scores';

describe('scoreOf', () => {
  const table: KeyScores = { keys: Uint32Array.of(3, 8, 4_000_000_000), scores: Float64Array.of(0.5, 1.5, 2.5) };

  it('finds the first, the last and those between', () => {
    expect([3, 8, 4_000_000_000].map((key) => scoreOf(table, key))).toEqual([0.5, 1.5, 2.5]);
  });

  it('is 0 for keys before, between and behind, and in an empty table', () => {
    expect([1, 5, 4_100_000_000].map((key) => scoreOf(table, key))).toEqual([0, 0, 0]);
    expect(scoreOf({ keys: new Uint32Array(0), scores: new Float64Array(0) }, 1)).toBe(0);
  });
});
