import fc from 'fast-check';

import { cacheKey, cachePrefix, type KeyField } from './cache-key';

const field: fc.Arbitrary<KeyField> = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -20, max: 20 }),
  fc.boolean(),
  fc.constant(undefined),
  fc.uint8Array({ maxLength: 3 }),
);
const fields = fc.array(field, { maxLength: 5 });
const plain = (list: readonly KeyField[]): string =>
  JSON.stringify(list.map((part) => [typeof part, part instanceof Uint8Array ? [...part] : part]));

describe('cache keys', () => {
  it('are equal exactly for equal lists of fields', () => {
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        expect(cacheKey('t', one) === cacheKey('t', other)).toBe(plain(one) === plain(other));
        expect(cacheKey('t', one)).toBe(cacheKey('t', [...one]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not let a field run into the next', () => {
    expect(cacheKey('t', ['ab', 'c'])).not.toBe(cacheKey('t', ['a', 'bc']));
    expect(cacheKey('t', ['a', ''])).not.toBe(cacheKey('t', ['a']));
    expect(cacheKey('t', [1])).not.toBe(cacheKey('t', ['1']));
    expect(cacheKey('t', [undefined])).not.toBe(cacheKey('t', ['']));
    expect(cacheKey('t', ['s1:a'])).not.toBe(cacheKey('t', ['', 'a']));
  });

  it('start with their tag and group, and show nothing of the fields', () => {
    const key = cacheKey('answer1', ['secret'], ['tenant', 'handbook']);
    expect(key.startsWith(cachePrefix('answer1', ['tenant', 'handbook']))).toBe(true);
    expect(key).toMatch(/^answer1:[\w-]{8}:[\w-]{43}$/);
    expect(cachePrefix('answer1', ['tenant', 'other'])).not.toBe(cachePrefix('answer1', ['tenant', 'handbook']));
  });

  it('refuse a tag that could be taken for a tag and a group', () => {
    expect(() => cacheKey('a:b', [])).toThrow(RangeError);
  });
});
