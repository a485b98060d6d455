import { ndcgAt, percentile, recallAt, reciprocalRankAt } from './metrics';

const judged = new Map([
  ['a', 1],
  ['b', 1],
  ['x', 0],
]);

describe('ranking metrics', () => {
  it('give 1 to a perfect ranking', () => {
    expect(ndcgAt(10, ['a', 'b', 'c'], judged)).toBe(1);
    expect(recallAt(10, ['a', 'b', 'c'], judged)).toBe(1);
    expect(reciprocalRankAt(10, ['a', 'b'], judged)).toBe(1);
  });

  it('discount by rank as trec_eval does', () => {
    // DCG = 1/log2(3) + 1/log2(5); ideal = 1 + 1/log2(3)
    const expected = (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3));
    expect(ndcgAt(10, ['c', 'a', 'd', 'b'], judged)).toBeCloseTo(expected, 12);
    expect(reciprocalRankAt(10, ['c', 'a'], judged)).toBe(0.5);
  });

  it('use linear gain for graded judgements', () => {
    const graded = new Map([
      ['a', 2],
      ['b', 1],
    ]);
    expect(ndcgAt(10, ['b', 'a'], graded)).toBeCloseTo((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)), 12);
  });

  it('look no further than k and ignore documents judged irrelevant', () => {
    expect(ndcgAt(1, ['x', 'a'], judged)).toBe(0);
    expect(recallAt(2, ['x', 'a', 'b'], judged)).toBe(0.5);
    expect(reciprocalRankAt(1, ['x', 'a'], judged)).toBe(0);
  });
});

it('percentile takes the nearest rank', () => {
  expect(percentile([4, 1, 3, 2], 50)).toBe(2);
  expect(percentile([4, 1, 3, 2], 99)).toBe(4);
  expect(percentile([], 50)).toBeNaN();
});
