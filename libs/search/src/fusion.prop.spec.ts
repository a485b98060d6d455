import fc from 'fast-check';

import { Union, unseenBound } from './fusion';

/** Every passage has a cosine and a BM25; the lists are the best of each. */
const collection = fc.array(fc.record({ cosine: fc.double({ min: -1, max: 1, noNaN: true }), bm25: fc.nat(20) }), {
  minLength: 1,
  maxLength: 60,
});
const idfSum = 20;
const weight = 0.3;

describe('fusion of two cut lists', () => {
  it('is final above the bound: no passage outside the lists belongs there', () => {
    fc.assert(
      fc.property(collection, fc.integer({ min: 1, max: 20 }), (passages, limit) => {
        const all = passages.map(({ cosine, bm25 }, index) => ({ key: index + 1, cosine, bm25 }));
        const vector = [...all].sort((a, b) => b.cosine - a.cosine || a.key - b.key).slice(0, limit);
        const lexical = all
          .filter(({ bm25 }) => bm25 > 0)
          .sort((a, b) => b.bm25 - a.bm25 || a.key - b.key)
          .slice(0, limit);
        const vectorHits = vector.map(({ key, cosine }) => ({ key, score: cosine }));
        const lexicalHits = lexical.map(({ key, bm25 }) => ({ key, score: bm25 }));
        const union = new Union(vectorHits, lexicalHits);
        const complete = (side: 'cosine' | 'bm25'): void => {
          const keys = union.keysWithout(side);
          union.complete(
            side,
            keys,
            keys.map((key) => all[key - 1]?.[side] ?? NaN),
            NaN,
          );
        };
        complete('cosine');
        complete('bm25');
        const fused = union.fuse(idfSum, weight);
        const bound = unseenBound(vectorHits, lexicalHits, limit, idfSum, weight);
        const truth = all
          .map(({ key, cosine, bm25 }) => ({ key, score: cosine + weight * (bm25 / idfSum) }))
          .filter(({ score }) => score > bound)
          .sort((a, b) => b.score - a.score || a.key - b.key);
        const final = fused.filter(({ score }) => score > bound);
        expect(final.map(({ key }) => key)).toEqual(truth.map(({ key }) => key));
      }),
    );
  });
});
