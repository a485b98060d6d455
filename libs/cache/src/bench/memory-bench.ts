import { cacheKey } from '../cache-key';
import { MemoryTier } from '../memory-tier';

export interface MemoryBench {
  readonly entries: number;
  /** Best of 15 rounds of a million gets in random order, clock included. */
  readonly getNanoseconds: number;
  /** The same loop over a bare `Map` with the same keys, in turns with it. */
  readonly bareMapNanoseconds: number;
  readonly setNanoseconds: number;
  /** Of the heap, over 10 million gets and after collecting where `--expose-gc` allows it. */
  readonly heapGrowthBytes: number;
}

const OPERATIONS = 10_000_000;
/**
 * So many that a neighbour who empties the processor's caches for a second does not decide, and that code compiled for
 * what ran before in this process, such as a replay with other values, is compiled anew in the first of them.
 */
const ROUNDS = 15;
/** A round of sets is short. */
const SET_ROUNDS = 100;

/** Speed of the memory tier at `entries` keys of the usual form. About 5 s. */
export function benchMemoryTier(entries = 10_000): MemoryBench {
  const keys = Array.from({ length: entries }, (_, nth) => cacheKey('answer1', [nth], ['bench']));
  const value = Buffer.alloc(16);
  const tier = new MemoryTier<Buffer>({ maxEntries: entries * 2, maxBytes: Number.MAX_SAFE_INTEGER });
  const map = new Map<string, Buffer>();
  for (const key of keys) {
    tier.set(key, value, value.byteLength, Infinity);
    map.set(key, value);
  }
  const order = Uint32Array.from({ length: 1 << 20 }, (_, nth) => (Math.imul(nth, 2_654_435_761) >>> 0) % entries);
  const gets = (look: (key: string) => Buffer | undefined): number => {
    let found = 0;
    return nanoseconds(order.length, () => {
      for (const at of order) if (look(keys[at] ?? '') !== undefined) found += 1;
      if (found === 0) throw new Error('The benchmark found nothing.');
    });
  };
  const tierGet = (key: string): Buffer | undefined => tier.get(key);
  const mapGet = (key: string): Buffer | undefined => map.get(key);
  let getNanoseconds = Infinity;
  let bareMapNanoseconds = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    getNanoseconds = Math.min(getNanoseconds, gets(tierGet));
    bareMapNanoseconds = Math.min(bareMapNanoseconds, gets(mapGet));
  }
  const before = settledHeap();
  for (let done = 0; done < OPERATIONS; done += order.length) gets(tierGet);
  const heapGrowthBytes = settledHeap() - before;
  const sets = (): number =>
    nanoseconds(entries, () => {
      for (const key of keys) tier.set(key, value, value.byteLength, Infinity);
    });
  const setNanoseconds = Math.min(...Array.from({ length: SET_ROUNDS }, sets));
  return { entries, getNanoseconds, bareMapNanoseconds, setNanoseconds, heapGrowthBytes };
}

function nanoseconds(operations: number, work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / operations;
}

function settledHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
