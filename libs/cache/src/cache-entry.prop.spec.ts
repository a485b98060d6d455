import fc from 'fast-check';

import { EntryCodec, HEADER_BYTES, type CacheEntry } from './cache-entry';

const codec = new EntryCodec('answer/1');
const time = fc.double({ min: 0, max: 1e13, noNaN: true });
const entries = fc
  .record({
    value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    createdMs: time,
    fresh: fc.double({ min: 0, max: 1e9, noNaN: true }),
    stale: fc.double({ min: 0, max: 1e9, noNaN: true }),
    computeMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    isNegative: fc.boolean(),
  })
  .map(({ value, createdMs, fresh, stale, computeMs, isNegative }): CacheEntry => ({
    value,
    createdMs,
    freshUntilMs: createdMs + fresh,
    staleUntilMs: createdMs + fresh + stale,
    computeMs,
    isNegative,
  }));

type Mutation = (bytes: Buffer, other: Buffer) => Buffer;
const at = fc.nat({ max: 400 });
const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([place, bits]): Mutation => (bytes) => {
    const index = place % bytes.length;
    bytes[index] = (bytes[index] ?? 0) ^ bits;
    return bytes;
  }),
  at.map(
    (length): Mutation =>
      (bytes) =>
        bytes.subarray(0, length % bytes.length),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (tail): Mutation =>
      (bytes) =>
        Buffer.concat([bytes, tail]),
  ),
  fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 60 })).map(([place, part]): Mutation => (bytes) => {
    Buffer.from(part).copy(bytes, place % bytes.length);
    return bytes;
  }),
  at.map((place): Mutation => (bytes) => {
    const index = place % bytes.length;
    return Buffer.concat([bytes.subarray(index), bytes.subarray(0, index)]);
  }),
  // Header of one, value of another; and all of another.
  fc.constant<Mutation>((bytes, other) =>
    Buffer.concat([bytes.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]),
  ),
  fc.constant<Mutation>((_, other) => other),
  fc.uint8Array({ maxLength: 200 }).map(
    (bytes): Mutation =>
      () =>
        Buffer.from(bytes),
  ),
);

describe('stored cache values (B7)', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.string(), entries, (key, entry) => {
        expect(codec.decode(key, codec.encode(key, entry))).toEqual(entry);
      }),
    );
  });

  it('are never read wrongly, and never crash the reader, after 10,000 mutations', () => {
    let refused = 0;
    fc.assert(
      fc.property(entries, entries, mutations, (entry, other, mutate) => {
        const stored = codec.encode('key', entry);
        const mutated = mutate(Buffer.from(stored), codec.encode('other key', other));
        const read = codec.decode('key', mutated);
        if (mutated.equals(stored)) expect(read).toEqual(entry);
        else {
          refused += 1;
          expect(['damaged', 'foreign', 'newer']).toContain(read);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(9_000);
  });
});
