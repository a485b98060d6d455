/**
 * How a value lies in a lower tier: a header of 56 bytes, then the value as it is. Numbers are little-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 4 | "AcCv" |
 * | 4 | 1 | version of this layout |
 * | 5 | 1 | flags: 1 = negative |
 * | 6 | 2 | zero |
 * | 8 | 8 | schema: start of SHA-256 of the name that reader and writer agree on (kind of value, model, dimensions) |
 * | 16 | 24 | created, fresh until, stale until: ms since 1970, float64 |
 * | 40 | 8 | what computing it cost in ms, float64 |
 * | 48 | 4 | bytes of the value |
 * | 52 | 4 | CRC-32 of key, bytes 0 to 51 and value |
 *
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
const LAYOUT_VERSION = 1;
const CHECKED_HEADER_BYTES = 52;
const NEGATIVE = 1;
/** Year 5138: later than that is damage that the sum missed or a writer with a broken clock. */
const MAX_TIME_MS = 1e14;

/** Reads and writes the entries of one kind of value. */
export class EntryCodec {
  private readonly schema: Buffer;

  /** @param schema changes whenever older values cannot be used any more, such as `embedding/1 model@384` */
  constructor(schema: string) {
    this.schema = createHash('sha256').update(schema).digest().subarray(0, 8);
  }

  encode(key: string, entry: CacheEntry): Buffer {
    // Of its own, not of the pool: a thread that is sent a view gets a copy of the whole pool.
    const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + entry.value.byteLength);
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt8(LAYOUT_VERSION, 4);
    bytes.writeUInt8(entry.isNegative ? NEGATIVE : 0, 5);
    bytes.writeUInt16LE(0, 6);
    this.schema.copy(bytes, 8);
    bytes.writeDoubleLE(entry.createdMs, 16);
    bytes.writeDoubleLE(entry.freshUntilMs, 24);
    bytes.writeDoubleLE(entry.staleUntilMs, 32);
    bytes.writeDoubleLE(entry.computeMs, 40);
    bytes.writeUInt32LE(entry.value.byteLength, 48);
    bytes.set(entry.value, HEADER_BYTES);
    bytes.writeUInt32LE(checksum(key, bytes), CHECKED_HEADER_BYTES);
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
    if (checksum(key, bytes) !== bytes.readUInt32LE(CHECKED_HEADER_BYTES)) {
      return bytes.readUInt8(4) > LAYOUT_VERSION ? 'newer' : 'damaged';
    }
    if (bytes.readUInt8(4) !== LAYOUT_VERSION) return 'newer';
    if (this.schema.compare(bytes, 8, 16) !== 0) return 'foreign';
    const entry: CacheEntry = {
      value: bytes.subarray(HEADER_BYTES),
      createdMs: bytes.readDoubleLE(16),
      freshUntilMs: bytes.readDoubleLE(24),
      staleUntilMs: bytes.readDoubleLE(32),
      computeMs: bytes.readDoubleLE(40),
      isNegative: bytes.readUInt8(5) === NEGATIVE,
    };
    return bytes.readUInt32LE(48) === entry.value.byteLength && isSound(entry) ? entry : 'damaged';
  }
}

function checksum(key: string, bytes: Buffer): number {
  const start = crc32(bytes.subarray(0, CHECKED_HEADER_BYTES), crc32(key));
  return crc32(bytes.subarray(HEADER_BYTES), start);
}

function isSound({ createdMs, freshUntilMs, staleUntilMs, computeMs }: CacheEntry): boolean {
  const isOrdered = createdMs >= 0 && createdMs <= freshUntilMs && freshUntilMs <= staleUntilMs;
  return isOrdered && staleUntilMs <= MAX_TIME_MS && computeMs >= 0 && computeMs <= MAX_TIME_MS;
}
