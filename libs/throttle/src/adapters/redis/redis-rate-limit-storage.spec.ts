import fc from 'fast-check';
import { createClient } from 'redis';

import { callContext } from '@acervo/kernel';
import { describeWithRedis, type RedisServer, startRedisServer } from '@acervo/testing';

import { histories, SlidingLogModel } from '../../../contract/sliding-log-model';
import { MemoryRateLimitStorage } from '../memory/memory-rate-limit-storage';

import { RedisRateLimitStorage } from './redis-rate-limit-storage';

const limitOf = (key: string, limit: number) => ({ key, limit, windowMs: 60_000, weight: 1 });

describeWithRedis('the limits in Redis', () => {
  let server: RedisServer;
  let observer: ReturnType<typeof createClient>;
  const open: RedisRateLimitStorage[] = [];
  const make = async (now?: () => number): Promise<RedisRateLimitStorage> => {
    const storage = new RedisRateLimitStorage({ url: server.url, ...(now !== undefined && { now }) });
    open.push(storage);
    await storage.connect(callContext(5_000));
    return storage;
  };
  const callsOf = async (command: string): Promise<number> => {
    const stats = await observer.info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  beforeAll(async () => {
    server = await startRedisServer();
    observer = createClient({ url: server.url });
    await observer.connect();
  });
  beforeEach(async () => {
    await observer.flushAll();
  });
  afterEach(async () => {
    for (const storage of open.splice(0)) await storage.close();
  });
  afterAll(async () => {
    observer.destroy();
    await server.stop();
  });

  it('C2: decide 600 histories as memory and the definition do', async () => {
    let nowMs = 0;
    const storage = await make(() => nowMs);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        await observer.flushAll();
        const model = new SlidingLogModel();
        const memory = new MemoryRateLimitStorage({ now: () => nowMs });
        // The server's own clock removes keys one window after their last hit: the history is over long before.
        nowMs = 1_700_000_000_000;
        for (const { gapMs, limits } of history) {
          nowMs += gapMs;
          const decision = await storage.take(limits, callContext(5_000));
          expect(decision).toEqual(model.take(limits, nowMs));
          expect(decision).toEqual(memory.take(limits));
          if (!decision.isAllowed) refused += 1;
        }
        await memory.close();
      }),
      { numRuns: 600 },
    );
    expect(refused).toBeGreaterThan(300);
  }, 60_000);

  it.each([60, 30, 10, 100])('C1: admit exactly %i of 1,000 at once over four connections', async (limit) => {
    const replicas = await Promise.all([make(), make(), make(), make()]);
    const decisions = await Promise.all(
      Array.from({ length: 250 }, () => replicas)
        .flat()
        .map(async (storage) => await storage.take([limitOf('client', limit)], callContext(20_000))),
    );
    expect(decisions).toHaveLength(1_000);
    expect(decisions.filter(({ isAllowed }) => isAllowed)).toHaveLength(limit);
  });

  it('take one round trip for all limits of a request, and load the script again when Redis lost it', async () => {
    const storage = await make();
    const limits = ['a', 'b', 'c', 'd'].map((key) => limitOf(key, 5));
    await storage.take(limits, callContext(5_000));
    const [shas, scripts] = [await callsOf('evalsha'), await callsOf('eval')];
    await storage.take(limits, callContext(5_000));
    expect([await callsOf('evalsha'), await callsOf('eval')]).toEqual([shas + 1, scripts]);
    await observer.scriptFlush();
    expect((await storage.take(limits, callContext(5_000))).perLimit[0]?.remaining).toBe(2);
    expect([await callsOf('evalsha'), await callsOf('eval')]).toEqual([shas + 2, scripts + 1]);
  });

  it('leave no key without a time to live', async () => {
    const storage = await make();
    await storage.take([limitOf('a', 5), { ...limitOf('b', 5), weight: 3 }], callContext(5_000));
    await storage.take([limitOf('only refused', 1), { ...limitOf('b', 5), weight: 4 }], callContext(5_000));
    await storage.checkHealth(callContext(5_000));
    const keys = await observer.keys('*');
    expect(keys.sort()).toEqual(['acervo:limit:a', 'acervo:limit:b', 'acervo:limit:probe']);
    for (const key of keys) expect(await observer.pTTL(key)).toBeGreaterThan(0);
  });

  it('forget what lies more than a window ahead of a clock that was set back', async () => {
    let nowMs = 1_000_000;
    const storage = await make(() => nowMs);
    await storage.take([limitOf('a', 1)], callContext(5_000));
    nowMs = 940_000;
    expect((await storage.take([limitOf('a', 1)], callContext(5_000))).isAllowed).toBe(false);
    nowMs = 939_999;
    expect((await storage.take([limitOf('a', 1)], callContext(5_000))).isAllowed).toBe(true);
  });

  it('end with the call that asked', async () => {
    const storage = await make();
    const left = { signal: AbortSignal.abort(), deadlineMs: Infinity };
    await expect(storage.take([limitOf('a', 5)], left)).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(await observer.keys('*')).toEqual([]);
  });
});
