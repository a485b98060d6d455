import { createClient, RESP_TYPES } from 'redis';

import { callContext } from '@acervo/kernel';

import { createRedisTier } from '../adapters/redis/redis-tier';
import { cacheKey } from '../cache-key';
import { GuardedTier } from '../guarded-tier';
import { TieredCache } from '../tiered-cache';

export interface RedisBench {
  readonly valueBytes: number;
  /** Median of one call after the other, in microseconds: a bare GET of node-redis, and a hit through the cache. */
  readonly bareMicroseconds: number;
  readonly hitMicroseconds: number;
  readonly ratio: number;
  /** The same with 32 calls under way. */
  readonly bareParallelMicroseconds: number;
  readonly hitParallelMicroseconds: number;
  readonly parallelRatio: number;
}

const VALUE_BYTES = 4_096;
const ROUNDS = 9;
const CALLS = 2_000;
const PARALLEL = 32;
const lifetime = { freshMs: 600_000, earlyRefresh: 0 };

/** A hit in Redis beside a bare GET of the same bytes, in turns. Writes 32 keys, with a time to live. About 5 s. */
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
    const context = callContext(600_000);
    const hit = async (lane: number): Promise<void> => {
      const { status } = await cache.getOrCompute(keys[lane] ?? '', context, lifetime, async () =>
        Promise.reject(new Error('The benchmark missed in Redis.')),
      );
      if (status !== 'hit') throw new Error(`The benchmark wanted a hit, not a ${status}.`);
    };
    const [bareMicroseconds, hitMicroseconds] = await inTurns(1, bare, hit);
    const [bareParallelMicroseconds, hitParallelMicroseconds] = await inTurns(PARALLEL, bare, hit);
    return {
      ...{ valueBytes: VALUE_BYTES, bareMicroseconds, hitMicroseconds, ratio: hitMicroseconds / bareMicroseconds },
      ...{ bareParallelMicroseconds, hitParallelMicroseconds },
      parallelRatio: hitParallelMicroseconds / bareParallelMicroseconds,
    };
  } finally {
    await client.close();
    await cache.close();
    await tier.close();
  }
}

async function inTurns(
  parallel: number,
  one: (lane: number) => Promise<void>,
  other: (lane: number) => Promise<void>,
): Promise<readonly [number, number]> {
  const took: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    took[0].push(await microseconds(parallel, one));
    took[1].push(await microseconds(parallel, other));
  }
  return [median(took[0]), median(took[1])];
}

async function microseconds(parallel: number, call: (lane: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  const run = async (lane: number): Promise<void> => {
    for (let done = 0; done < CALLS / parallel; done++) await call(lane);
  };
  await Promise.all(Array.from({ length: parallel }, (_, lane) => run(lane)));
  return ((performance.now() - startedAt) * 1_000) / CALLS;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
