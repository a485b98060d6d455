/**
 * Occurrences of a term as one value of Postgres: 8 bytes each, little-endian — key of the chunk (32 bits), occurrences
 * (16), length of the chunk in tokens (16) — in any order. So the database adds some by putting bytes behind bytes, puts
 * the blocks of a term together in one answer, and knows from the number of bytes how many chunks hold it.
 */
import type { ChunkKey } from '../../model';

export const postingBytes = 8;
/** Keys of a block; 1 kB when every chunk holds the term. */
const keysPerBlock = 128;
const maxCount = 0xffff;

export interface Posting {
  readonly key: ChunkKey;
  readonly count: number;
  readonly length: number;
}

export function blockOf(key: ChunkKey): number {
  return Math.floor(key / keysPerBlock);
}

export function encodePostings(postings: readonly Posting[]): Buffer {
  const bytes = Buffer.alloc(postings.length * postingBytes);
  postings.forEach(({ key, count, length }, nth) => {
    const at = nth * postingBytes;
    bytes.writeUInt32LE(key, at);
    bytes.writeUInt16LE(Math.min(count, maxCount), at + 4);
    bytes.writeUInt16LE(Math.min(length, maxCount), at + 6);
  });
  return bytes;
}

/** Without an object for each: this is the hot loop of a search. */
export function eachPosting(bytes: Buffer, take: (key: ChunkKey, count: number, length: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + postingBytes <= bytes.length; at += postingBytes) {
    take(view.getUint32(at, true), view.getUint16(at + 4, true), view.getUint16(at + 6, true));
  }
}

export function withoutKeys(bytes: Buffer, keys: ReadonlySet<ChunkKey>): Buffer {
  const kept: Posting[] = [];
  eachPosting(bytes, (key, count, length) => {
    if (!keys.has(key)) kept.push({ key, count, length });
  });
  return encodePostings(kept);
}
