import { createClient } from 'redis';

import { callContext } from '@acervo/kernel';

import { MemoryRateLimitStorage } from '../adapters/memory/memory-rate-limit-storage';
import { RedisRateLimitStorage } from '../adapters/redis/redis-rate-limit-storage';
import { DegradingRateLimitStorage } from '../degrading-rate-limit-storage';

export interface RedisLimiterBench {
  /** One after the other, medians: a bare INCR of node-redis, a take of one limit, a take of two. */
  readonly bareMicroseconds: number;
  readonly takeMicroseconds: number;
  readonly takeTwoMicroseconds: number;
  /** Medians over pairs of neighbouring rounds, so that what else the machine does meets both sides. */
  readonly takeRatio: number;
  readonly takeTwoRatio: number;
  /** Commands sent for each take, of one limit and of two, as Redis counts them. */
  readonly commandsPerTake: number;
}

const ROUNDS = 9;
const CALLS = 1_000;
const KEYS = 100;
const namespace = 'acervo-bench:limit:';

/** A take in Redis beside a bare command, in turns, through the storage that a server uses. About 5 s. */
export async function benchRedisLimiter(url: string): Promise<RedisLimiterBench> {
  const redis = new RedisRateLimitStorage({ url, namespace });
  const storage = new DegradingRateLimitStorage(redis, new MemoryRateLimitStorage(), { replicas: 1, timeoutMs: 1_000 });
  const client = createClient({ url });
  await client.connect();
  await redis.connect(callContext(5_000));
  const context = callContext(600_000);
  const limitOf = (name: string, nth: number) => ({
    key: `${name}:${nth % KEYS}`,
    limit: 60,
    windowMs: 60_000,
    weight: 1,
  });
  const bare = async (): Promise<void> => {
    await client.incr(`${namespace}bare`);
  };
  const take = async (nth: number): Promise<void> => {
    await storage.take([limitOf('one', nth)], context);
  };
  const takeTwo = async (nth: number): Promise<void> => {
    await storage.take([limitOf('one', nth), limitOf('two', nth)], context);
  };
  try {
    await take(0);
    const rounds: [number, number, number][] = [];
    const before = await scriptCalls(client);
    for (let round = -1; round < ROUNDS; round += 1) {
      const times: [number, number, number] = [await measure(bare), await measure(take), await measure(takeTwo)];
      // The first is for the compiler.
      if (round >= 0) rounds.push(times);
    }
    const commands = (await scriptCalls(client)) - before;
    return {
      bareMicroseconds: median(rounds.map(([time]) => time)),
      takeMicroseconds: median(rounds.map(([, time]) => time)),
      takeTwoMicroseconds: median(rounds.map(([, , time]) => time)),
      takeRatio: median(rounds.map(([one, other]) => other / one)),
      takeTwoRatio: median(rounds.map(([one, , other]) => other / one)),
      commandsPerTake: commands / (2 * CALLS * (ROUNDS + 1)),
    };
  } finally {
    await client.del(`${namespace}bare`);
    await client.close();
    await storage.close();
  }
}

async function measure(work: (nth: number) => Promise<void>): Promise<number> {
  const startMs = performance.now();
  for (let nth = 0; nth < CALLS; nth += 1) await work(nth);
  return ((performance.now() - startMs) * 1_000) / CALLS;
}

async function scriptCalls(client: { info(section: string): Promise<string> }): Promise<number> {
  const statistics = await client.info('commandstats');
  const counts = [...statistics.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, calls]) => Number(calls));
  return counts.reduce((sum, calls) => sum + calls, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;
}
