import fc from 'fast-check';

import { TopScores } from './top-scores';

describe('TopScores', () => {
  it('keeps what sorting all would put first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.nat(50), (scores, limit) => {
        const top = new TopScores(limit);
        scores.forEach((score, label) => {
          top.offer(label, score);
        });
        const sorted = scores.map((score, label) => ({ label, score })).sort((a, b) => b.score - a.score);
        expect(top.toSorted()).toEqual(sorted.slice(0, limit));
      }),
    );
  });

  it('keeps the right scores when some are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), fc.nat(20), (scores, limit) => {
        const top = new TopScores(limit);
        scores.forEach((score, label) => {
          top.offer(label, score);
        });
        const kept = top.toSorted();
        expect(kept.map(({ score }) => score)).toEqual(scores.toSorted((a, b) => b - a).slice(0, limit));
        expect(kept.every(({ label, score }) => scores[label] === score)).toBe(true);
      }),
    );
  });
});
