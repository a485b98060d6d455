import { createClient, RESP_TYPES } from 'redis';

import { callContext } from '@acervo/kernel';

import { createRedisTier } from '../adapters/redis/redis-tier';
import { cacheKey } from '../cache-key';
import { GuardedTier } from '../guarded-tier';
import { TieredCache } from '../tiered-cache';

export interface RedisBench {
  readonly valueBytes: number;
  /** One call after the other, medians: a bare GET of node-redis, and a hit through the cache. */
  readonly bareMicroseconds: number;
  readonly hitMicroseconds: number;
  /** Median over the pairs of neighbouring rounds, so that what else the machine does meets both sides. */
  readonly ratio: number;
  /** What both cost this process, its garbage collection included. */
  readonly bareCpuMicroseconds: number;
  readonly hitCpuMicroseconds: number;
  /** The same with 32 calls under way. */
  readonly bareParallelMicroseconds: number;
  readonly hitParallelMicroseconds: number;
  readonly parallelRatio: number;
  readonly bareParallelCpuMicroseconds: number;
  readonly hitParallelCpuMicroseconds: number;
}

interface Round {
  readonly microseconds: number;
  readonly cpuMicroseconds: number;
}

const VALUE_BYTES = 4_096;
const ROUNDS = 11;
/** Of one round; more with many under way, so that rounds of both kinds take about as long. */
const CALLS = 2_000;
const PARALLEL_CALLS = 16_000;
const PARALLEL = 32;
const lifetime = { freshMs: 600_000, earlyRefresh: 0 };

/** A hit in Redis beside a bare GET of the same bytes, in turns. Writes 32 keys, with a time to live. About 6 s. */
export async function benchRedisTier(url: string): Promise<RedisBench> {
  const tier = new GuardedTier(await createRedisTier({ url, namespace: 'acervo-bench:' }));
  const cache = new TieredCache({ schema: 'bench/1', tiers: [tier] });
  const client = createClient({ url, commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } });
  await client.connect();
  try {
    // One key a lane: equal questions under way would be answered together.
    const keys = Array.from({ length: PARALLEL }, (_, lane) => cacheKey('answer1', [lane], ['bench']));
    cache.setMany(
      keys.map((key) => ({ key, value: Buffer.alloc(VALUE_BYTES, 7) })),
      lifetime,
    );
    await cache.drain();
    const bare = async (lane: number): Promise<void> => {
      if ((await client.get(`acervo-bench:${keys[lane] ?? ''}`)) === null)
        throw new Error('Redis lost the value of the benchmark.');
    };
    const contexts = keys.map(() => callContext(600_000));
    const hit = async (lane: number): Promise<void> => {
      const context = contexts[lane] ?? callContext(600_000);
      const { status } = await cache.getOrCompute(keys[lane] ?? '', context, lifetime, async () =>
        Promise.reject(new Error('The benchmark missed in Redis.')),
      );
      if (status !== 'hit') throw new Error(`The benchmark wanted a hit, not a ${status}.`);
    };
    const single = await inTurns(1, CALLS, bare, hit);
    const parallel = await inTurns(PARALLEL, PARALLEL_CALLS, bare, hit);
    return {
      valueBytes: VALUE_BYTES,
      bareMicroseconds: single.bare.microseconds,
      hitMicroseconds: single.hit.microseconds,
      ratio: single.ratio,
      bareCpuMicroseconds: single.bare.cpuMicroseconds,
      hitCpuMicroseconds: single.hit.cpuMicroseconds,
      bareParallelMicroseconds: parallel.bare.microseconds,
      hitParallelMicroseconds: parallel.hit.microseconds,
      parallelRatio: parallel.ratio,
      bareParallelCpuMicroseconds: parallel.bare.cpuMicroseconds,
      hitParallelCpuMicroseconds: parallel.hit.cpuMicroseconds,
    };
  } finally {
    await client.close();
    await cache.close();
    await tier.close();
  }
}

async function inTurns(
  parallel: number,
  calls: number,
  bare: (lane: number) => Promise<void>,
  hit: (lane: number) => Promise<void>,
): Promise<{ readonly bare: Round; readonly hit: Round; readonly ratio: number }> {
  const pairs: { readonly bare: Round; readonly hit: Round }[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const pair = { bare: await measured(parallel, calls, bare), hit: await measured(parallel, calls, hit) };
    // The first is for the compiler.
    if (round >= 0) pairs.push(pair);
  }
  const of = (side: 'bare' | 'hit'): Round => ({
    microseconds: median(pairs.map((pair) => pair[side].microseconds)),
    cpuMicroseconds: median(pairs.map((pair) => pair[side].cpuMicroseconds)),
  });
  const ratio = median(pairs.map((pair) => pair.hit.microseconds / pair.bare.microseconds));
  return { bare: of('bare'), hit: of('hit'), ratio };
}

async function measured(parallel: number, calls: number, call: (lane: number) => Promise<void>): Promise<Round> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const run = async (lane: number): Promise<void> => {
    for (let done = 0; done < calls / parallel; done++) await call(lane);
  };
  await Promise.all(Array.from({ length: parallel }, (_, lane) => run(lane)));
  const { user, system } = process.cpuUsage(before);
  return {
    microseconds: ((performance.now() - startedAt) * 1_000) / calls,
    cpuMicroseconds: (user + system) / calls,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
