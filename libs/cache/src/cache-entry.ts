/**
 * How a value lies in a lower tier: a header of 56 bytes, then the value as it is. Numbers are little-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 4 | "AcCv" |
 * | 4 | 1 | version of this layout |
 * | 5 | 1 | flags: 1 = negative |
 * | 6 | 2 | zero |
 * | 8 | 4 | CRC-32 of everything from byte 12 on, begun with that of the key xor bytes 4 to 7 |
 * | 12 | 4 | bytes of the value |
 * | 16 | 8 | schema: start of SHA-256 of the name that reader and writer agree on (kind of value, model, dimensions) |
 * | 24 | 24 | created, fresh until, stale until: ms since 1970, float64 |
 * | 48 | 8 | what computing it cost in ms, float64 |
 *
 * What is summed lies in one piece, for the sum is half of what reading an entry costs and each piece costs a call.
 * The key is part of the sum: a value that lies under another key is damage like any other. Nothing is revived into
 * objects here, and what cannot be read is a miss: other programs write into a shared Redis, newer servers too, and
 * disks lose bits.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface CacheEntry {
  /** Owned by nobody: do not change it. */
  readonly value: Buffer;
  readonly createdMs: number;
  /** Until then it is a hit. */
  readonly freshUntilMs: number;
  /** Until then it may be served while it is made anew, or when that fails. The end of the entry. */
  readonly staleUntilMs: number;
  /** How long computing took: what costs more is refreshed earlier. */
  readonly computeMs: number;
  /** Says that there is nothing: kept for a short time only. */
  readonly isNegative: boolean;
}

export type EntryProblem = 'foreign' | 'newer' | 'damaged';

export const HEADER_BYTES = 56;
const MAGIC = 0x76436341;
const LAYOUT_VERSION = 2;
const SUMMED_FROM = 12;
const NEGATIVE = 1;
/** Year 5138: later than that is damage that the sum missed or a writer with a broken clock. */
const MAX_TIME_MS = 1e14;

/** Reads and writes the entries of one kind of value. */
export class EntryCodec {
  private readonly schema: Buffer;
  private readonly schemaWords: readonly [number, number];

  /** @param schema changes whenever older values cannot be used any more, such as `embedding/1 model@384` */
  constructor(schema: string) {
    this.schema = createHash('sha256').update(schema).digest().subarray(0, 8);
    this.schemaWords = [this.schema.readUInt32LE(0), this.schema.readUInt32LE(4)];
  }

  encode(key: string, entry: CacheEntry): Buffer {
    // Of its own, not of the pool: a thread that is sent a view gets a copy of the whole pool.
    const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + entry.value.byteLength);
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt8(LAYOUT_VERSION, 4);
    bytes.writeUInt8(entry.isNegative ? NEGATIVE : 0, 5);
    bytes.writeUInt16LE(0, 6);
    bytes.writeUInt32LE(entry.value.byteLength, 12);
    this.schema.copy(bytes, 16);
    bytes.writeDoubleLE(entry.createdMs, 24);
    bytes.writeDoubleLE(entry.freshUntilMs, 32);
    bytes.writeDoubleLE(entry.staleUntilMs, 40);
    bytes.writeDoubleLE(entry.computeMs, 48);
    bytes.set(entry.value, HEADER_BYTES);
    bytes.writeUInt32LE(checksum(key, bytes), 8);
    return bytes;
  }

  /**
   * The entry, or why it cannot be used. Never throws, whatever the bytes are. Nothing of an expired entry is hidden:
   * the caller has the clock.
   *
   * @param bytes may be a view of a larger buffer; the value is a view of it too
   */
  decode(key: string, bytes: Buffer): CacheEntry | EntryProblem {
    if (bytes.byteLength < HEADER_BYTES) return 'damaged';
    if (bytes.readUInt32LE(0) !== MAGIC) return 'foreign';
    const version = bytes.readUInt8(4);
    if (version !== LAYOUT_VERSION) return version > LAYOUT_VERSION ? 'newer' : 'foreign';
    if (checksum(key, bytes) !== bytes.readUInt32LE(8)) return 'damaged';
    const [low, high] = this.schemaWords;
    if (bytes.readUInt32LE(16) !== low || bytes.readUInt32LE(20) !== high) return 'foreign';
    const entry: CacheEntry = {
      value: bytes.subarray(HEADER_BYTES),
      createdMs: bytes.readDoubleLE(24),
      freshUntilMs: bytes.readDoubleLE(32),
      staleUntilMs: bytes.readDoubleLE(40),
      computeMs: bytes.readDoubleLE(48),
      isNegative: bytes.readUInt8(5) === NEGATIVE,
    };
    return bytes.readUInt32LE(12) === entry.value.byteLength && isSound(entry) ? entry : 'damaged';
  }
}

function checksum(key: string, bytes: Buffer): number {
  const start = (crc32(key) ^ bytes.readUInt32LE(4)) >>> 0;
  return crc32(bytes.subarray(SUMMED_FROM), start);
}

function isSound({ createdMs, freshUntilMs, staleUntilMs, computeMs }: CacheEntry): boolean {
  const isOrdered = createdMs >= 0 && createdMs <= freshUntilMs && freshUntilMs <= staleUntilMs;
  return isOrdered && staleUntilMs <= MAX_TIME_MS && computeMs >= 0 && computeMs <= MAX_TIME_MS;
}
