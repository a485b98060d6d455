import { crc32 } from 'node:zlib';

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

function sealed(bytes: Buffer, key: string): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(56), crc32(bytes.subarray(0, 52), crc32(key))), 52);
  return bytes;
}

describe('the codec of cache entries', () => {
  it('refuses the value of another schema as foreign', () => {
    expect(new EntryCodec('answer/2').decode('k', codec.encode('k', entry))).toBe('foreign');
  });

  it('refuses the value of another key as damaged', () => {
    expect(codec.decode('k2', codec.encode('k', entry))).toBe('damaged');
  });

  it('refuses a layout of the future, whether or not it keeps the place of the sum', () => {
    const newer = codec.encode('k', entry);
    newer.writeUInt8(9, 4);
    expect(codec.decode('k', newer)).toBe('newer');
    expect(codec.decode('k', sealed(newer, 'k'))).toBe('newer');
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
