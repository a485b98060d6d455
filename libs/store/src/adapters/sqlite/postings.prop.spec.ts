import fc from 'fast-check';

import { countTerms, decodePostings, decodeTermCounts, encodePostings, encodeTermCounts } from './postings';

const key = fc.integer({ min: 1, max: 0xffff_ffff });
const count = fc.integer({ min: 1, max: 1_000_000 });
const postings = fc
  .uniqueArray(fc.record({ key, count, length: count }), { selector: (posting) => posting.key, maxLength: 200 })
  .map((list) => list.sort((left, right) => left.key - right.key));
const termCounts = fc.uniqueArray(fc.tuple(key, count), { selector: ([term]) => term }).map((pairs) => new Map(pairs));

describe('the coding of postings', () => {
  it('gives back what it took', () => {
    fc.assert(
      fc.property(postings, (list) => {
        const firstKey = list[0]?.key ?? 1;
        expect(decodePostings(encodePostings(list, firstKey), firstKey)).toEqual(list);
      }),
    );
  });

  it('gives back term counts, whole and term by term', () => {
    fc.assert(
      fc.property(termCounts, fc.uniqueArray(key), (counts, others) => {
        const bytes = encodeTermCounts(counts);
        expect(new Map([...decodeTermCounts(bytes)].sort())).toEqual(new Map([...counts].sort()));
        const wanted = [...new Set([...counts.keys(), ...others])].sort((left, right) => left - right);
        expect(countTerms(bytes, wanted)).toEqual(wanted.map((term) => counts.get(term) ?? 0));
      }),
    );
  });

  it('refuses a block that was cut', () => {
    const bytes = encodePostings([{ key: 1_000, count: 300, length: 300 }], 1);
    for (let end = 1; end < bytes.length; end++) {
      expect(() => decodePostings(bytes.subarray(0, end), 1)).toThrow(RangeError);
    }
  });
});
