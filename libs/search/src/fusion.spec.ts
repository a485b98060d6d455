import { onlyLexical, Union, unseenBound } from './fusion';

const scored = (...pairs: readonly (readonly [number, number])[]): { key: number; score: number }[] =>
  pairs.map(([key, score]) => ({ key, score }));

describe('Union', () => {
  it('adds the share of the lexical bound, weighed, to the cosine', () => {
    const union = new Union(scored([1, 0.9], [2, 0.8]), scored([3, 10], [1, 5]));
    expect(union.keysWithout('cosine')).toEqual([3]);
    expect(union.keysWithout('bm25')).toEqual([2]);
    union.complete('cosine', [3], [0.7], 0);
    union.complete('bm25', [2], [], 0);
    const hits = union.fuse(20, 0.4);
    expect(hits.map(({ key }) => key)).toEqual([1, 3, 2]);
    expect(hits[0]).toEqual({
      key: 1,
      score: 0.9 + 0.4 * 0.25,
      cosine: 0.9,
      vectorRank: 1,
      bm25: 5,
      lexicalRank: 2,
    });
    expect(hits[1]).toMatchObject({ cosine: 0.7, vectorRank: 0 });
  });

  it('takes what a side does not hold for the given value', () => {
    const union = new Union(scored([1, 0.9]), scored([2, 4]));
    union.complete('cosine', [2], [NaN], 0.9);
    union.complete('bm25', [1], [0], 0);
    expect(union.fuse(4, 0.1).map(({ key, score }) => [key, score])).toEqual([
      [2, 1],
      [1, 0.9],
    ]);
  });

  it('is the cosine alone when the question has no terms', () => {
    const union = new Union(scored([1, 0.5]), []);
    union.complete('bm25', [1], [], 0);
    expect(union.fuse(0, 0.3).map(({ score }) => score)).toEqual([0.5]);
  });

  it('orders equal scores by key', () => {
    const union = new Union(scored([9, 0.5], [4, 0.5], [7, 0.5]), []);
    union.complete('bm25', [9, 4, 7], [], 0);
    expect(union.fuse(1, 1).map(({ key }) => key)).toEqual([4, 7, 9]);
  });

  it('sums the reciprocal ranks', () => {
    const hits = new Union(scored([1, 3], [2, 2]), scored([2, 8])).fuseByRank();
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
