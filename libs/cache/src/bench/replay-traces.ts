import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { MemoryTier } from '../memory-tier';

import { beladyHits, fifoHits, lruHits, s3FifoHits, sieveHits, type Policy } from './replacement-policies';

export interface TraceReplay {
  readonly trace: string;
  readonly requests: number;
  readonly keys: number;
  /** Of the distinct keys. */
  readonly share: number;
  readonly entries: number;
  /** Hits by requests, 0 to 1. */
  readonly hitRatio: Readonly<Record<'ours' | 'sieve' | 's3fifo' | 'fifo' | 'lru' | 'belady', number>>;
  /** How much of the way from LRU to Belady's bound the memory tier goes; negative below LRU. */
  readonly gapClosed: number;
}

const policies = {
  ours: memoryTierHits,
  sieve: sieveHits,
  s3fifo: s3FifoHits,
  fifo: fifoHits,
  lru: lruHits,
  belady: beladyHits,
};
const EXTENSION = /\.txt(\.gz)?$/;

/**
 * Replays request traces through the memory tier and through known policies, at 1 % and 10 % of the distinct keys.
 *
 * @param paths trace files, or folders of them: text, one integer key a line, `.txt` or `.txt.gz`
 */
export function replayTraces(paths: readonly string[], shares: readonly number[] = [0.01, 0.1]): TraceReplay[] {
  return paths.flatMap(traceFiles).flatMap((file) => {
    const trace = readTrace(file);
    const keys = new Set(trace).size;
    return shares.map((share) => replay(basename(file).replace(EXTENSION, ''), trace, keys, share));
  });
}

/** Hits of the memory tier with room for `capacity` entries. */
export function memoryTierHits(trace: Int32Array, capacity: number): number {
  const tier = new MemoryTier<true>({ maxEntries: capacity, maxBytes: Number.MAX_SAFE_INTEGER });
  for (const key of trace) {
    const name = String(key);
    if (tier.get(name) === undefined) tier.set(name, true, 1, Infinity);
  }
  return tier.stats().hits;
}

function replay(trace: string, requests: Int32Array, keys: number, share: number): TraceReplay {
  const entries = Math.max(1, Math.floor(keys * share));
  const ratio = (policy: Policy): number => policy(requests, entries) / requests.length;
  const hitRatio = Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [name, ratio(policy)]),
  ) as TraceReplay['hitRatio'];
  const gapClosed = (hitRatio.ours - hitRatio.lru) / (hitRatio.belady - hitRatio.lru);
  return { trace, requests: requests.length, keys, share, entries, hitRatio, gapClosed };
}

function traceFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => EXTENSION.test(name));
  return names.sort().map((name) => join(path, name));
}

function readTrace(file: string): Int32Array {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1').trim();
  return Int32Array.from(text.split('\n'), Number);
}
