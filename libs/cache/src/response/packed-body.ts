/**
 * One answer in up to three codings as one value, so that the cache counts and evicts them together:
 * lengths of identity, gzip and br as uint32 (0: not made), then the bytes in that order.
 */
import type { ContentCoding } from './coding';

const order = ['identity', 'gzip', 'br'] as const;
const HEADER_BYTES = order.length * 4;

export type Bodies = Readonly<{ identity: Buffer } & Partial<Record<Exclude<ContentCoding, 'identity'>, Buffer>>>;

export function packBodies(bodies: Bodies): Buffer {
  const total = order.reduce((sum, coding) => sum + (bodies[coding]?.byteLength ?? 0), HEADER_BYTES);
  // Of its own: the memory tier keeps it as it is.
  const packed = Buffer.allocUnsafeSlow(total);
  let at = HEADER_BYTES;
  for (const [nth, coding] of order.entries()) {
    const body = bodies[coding];
    packed.writeUInt32LE(body?.byteLength ?? 0, nth * 4);
    if (body === undefined) continue;
    packed.set(body, at);
    at += body.byteLength;
  }
  return packed;
}

/** A view of `packed`, or undefined when this coding was not made yet. Nothing is copied. */
export function bodyIn(packed: Buffer, coding: ContentCoding): Buffer | undefined {
  let at = HEADER_BYTES;
  for (const [nth, candidate] of order.entries()) {
    const length = packed.readUInt32LE(nth * 4);
    if (candidate === coding) return length === 0 ? undefined : packed.subarray(at, at + length);
    at += length;
  }
  return undefined;
}

/** `packed` with one coding more. */
export function withBody(packed: Buffer, coding: 'gzip' | 'br', body: Buffer): Buffer {
  const identity = bodyIn(packed, 'identity') ?? Buffer.alloc(0);
  const [gzip, br] = [bodyIn(packed, 'gzip'), bodyIn(packed, 'br')];
  return packBodies({ identity, ...(gzip && { gzip }), ...(br && { br }), [coding]: body });
}
