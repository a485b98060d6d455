import { fuse, fuseByRank, onlyLexical, unseenBound } from './fusion';

const scored = (...pairs: readonly (readonly [number, number])[]): { key: number; score: number }[] =>
  pairs.map(([key, score]) => ({ key, score }));

describe('fuse', () => {
  it('adds the share of the lexical bound, weighed, to the cosine', () => {
    const vector = { hits: scored([1, 0.9], [2, 0.8]), others: new Map([[3, 0.7]]) };
    const lexical = { hits: scored([3, 10], [1, 5]), others: new Map([[2, 0]]) };
    const hits = fuse(vector, lexical, 20, 0.4);
    expect(hits.map(({ key }) => key)).toEqual([1, 3, 2]);
    expect(hits[0]).toEqual({
      key: 1,
      score: 0.9 + 0.4 * 0.25,
      vector: { rank: 1, score: 0.9 },
      lexical: { rank: 2, score: 5 },
    });
    expect(hits[1]?.vector).toEqual({ rank: undefined, score: 0.7 });
  });

  it('is the cosine alone when the question has no terms', () => {
    const hits = fuse({ hits: scored([1, 0.5]), others: new Map() }, { hits: [], others: new Map() }, 0, 0.3);
    expect(hits.map(({ score }) => score)).toEqual([0.5]);
  });

  it('orders equal scores by key', () => {
    const list = { hits: scored([9, 0.5], [4, 0.5], [7, 0.5]), others: new Map() };
    expect(fuse(list, { hits: [], others: new Map() }, 1, 1).map(({ key }) => key)).toEqual([4, 7, 9]);
  });
});

describe('fuseByRank', () => {
  it('sums the reciprocal ranks', () => {
    const hits = fuseByRank(scored([1, 3], [2, 2]), scored([2, 8]));
    expect(hits.map(({ key }) => key)).toEqual([2, 1]);
    expect(hits[0]?.score).toBeCloseTo(1 / 62 + 1 / 61);
  });
});

describe('onlyLexical', () => {
  it('scores 0..1', () => {
    expect(onlyLexical(scored([1, 6], [2, 3]), 12).map(({ score }) => score)).toEqual([0.5, 0.25]);
  });
});

describe('unseenBound', () => {
  it('is the sum of both last scores while both lists are cut', () => {
    expect(unseenBound(scored([1, 0.9], [2, 0.8]), scored([3, 8], [4, 4]), 2, 8, 0.4)).toBeCloseTo(1);
  });

  it('knows that a list which is not full is complete', () => {
    expect(unseenBound(scored([1, 0.9], [2, 0.8]), scored([3, 8]), 2, 8, 0.4)).toBeCloseTo(0.8);
    expect(unseenBound(scored([1, 0.9]), scored([3, 8], [4, 4]), 2, 8, 0.4)).toBe(-Infinity);
  });
});
