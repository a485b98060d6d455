import { EntryCodec, type CacheEntry } from './cache-entry';

const entry: CacheEntry = {
  value: Buffer.from('answer'),
  createdMs: 1_000,
  freshUntilMs: 2_000,
  staleUntilMs: 3_000,
  computeMs: 12.5,
  isNegative: false,
};
const codec = new EntryCodec('answer/1');

describe('the codec of cache entries', () => {
  it('refuses the value of another schema as foreign', () => {
    expect(new EntryCodec('answer/2').decode('k', codec.encode('k', entry))).toBe('foreign');
  });

  it('refuses the value of another key as damaged', () => {
    expect(codec.decode('k2', codec.encode('k', entry))).toBe('damaged');
  });

  it('refuses a layout of the future as newer and one of the past as foreign, wherever they keep their sum', () => {
    const other = codec.encode('k', entry);
    other.writeUInt8(9, 4);
    expect(codec.decode('k', other)).toBe('newer');
    other.writeUInt8(1, 4);
    expect(codec.decode('k', other)).toBe('foreign');
  });

  it('refuses flags and reserved bytes that were changed, though they lie before what is summed', () => {
    for (const [at, bits] of [5, 6, 7].flatMap((place) => [1, 2, 128].map((mask) => [place, mask] as const))) {
      const changed = codec.encode('k', entry);
      changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
      expect(codec.decode('k', changed)).toBe('damaged');
    }
  });

  it('refuses times that no writer of ours gives, even with a right sum', () => {
    const notOrdered = codec.encode('k', { ...entry, freshUntilMs: 4_000 });
    expect(codec.decode('k', notOrdered)).toBe('damaged');
    const endless = codec.encode('k', { ...entry, staleUntilMs: Infinity });
    expect(codec.decode('k', endless)).toBe('damaged');
    expect(codec.decode('k', codec.encode('k', { ...entry, computeMs: NaN }))).toBe('damaged');
  });

  it('reads entries that lie inside a larger buffer', () => {
    const around = Buffer.concat([Buffer.alloc(3), codec.encode('k', entry), Buffer.alloc(5)]);
    expect(codec.decode('k', around.subarray(3, -5))).toEqual(entry);
  });
});
