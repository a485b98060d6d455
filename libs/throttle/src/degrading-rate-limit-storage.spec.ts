import { EventEmitter, once } from 'node:events';

import { callContext } from '@acervo/kernel';
import {
  describeWithRedis,
  type Fault,
  type FaultProxy,
  type RedisServer,
  startFaultProxy,
  startRedisServer,
} from '@acervo/testing';

import { DegradingRateLimitStorage, MemoryRateLimitStorage, RedisRateLimitStorage } from './index';

const limitOf = (key: string, limit: number, weight = 1) => ({ key, limit, windowMs: 60_000, weight });

describeWithRedis('D1: the limits while Redis is away', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let storage: DegradingRateLimitStorage;
  const changes = new EventEmitter();
  const admittedOf = async (tries: number, limit: number, key = 'client'): Promise<number> => {
    let admitted = 0;
    for (let nth = 0; nth < tries; nth += 1)
      if ((await storage.take([limitOf(key, limit)], callContext(5_000))).isAllowed) admitted += 1;
    return admitted;
  };

  beforeEach(async () => {
    server = await startRedisServer();
    proxy = await startFaultProxy(server.port);
    const redis = new RedisRateLimitStorage({ url: `redis://127.0.0.1:${proxy.port}` });
    await redis.connect(callContext(5_000));
    storage = new DegradingRateLimitStorage(redis, new MemoryRateLimitStorage(), {
      replicas: 4,
      probePauseMs: 100,
      onChange: (isDegraded) => changes.emit(isDegraded ? 'degraded' : 'well'),
    });
  });
  afterEach(async () => {
    await storage.close();
    await proxy.close();
    await server.stop();
  });

  const faults: Fault[] = [
    { kind: 'refuse' },
    { kind: 'black-hole' },
    { kind: 'reset' },
    { kind: 'delay', ms: 500 },
    { kind: 'redis-error', message: 'LOADING Redis is loading the dataset in memory' },
    { kind: 'redis-error', message: 'OOM command not allowed', commands: ['EVALSHA', 'EVAL'] },
    { kind: 'redis-error', message: 'READONLY You cannot write', commands: ['EVALSHA', 'EVAL'] },
  ];
  it.each(faults)('admits the share of one replica and goes back by itself: %j', async (fault) => {
    expect(await admittedOf(12, 10, 'before')).toBe(10);
    expect(storage.isDegraded).toBe(false);
    proxy.setFault(fault);
    expect(await admittedOf(12, 10)).toBe(2);
    expect(storage.isDegraded).toBe(true);
    const isWell = once(changes, 'well', { signal: AbortSignal.timeout(5_000) });
    proxy.setFault({ kind: 'none' });
    await isWell;
    expect(storage.isDegraded).toBe(false);
    expect(await admittedOf(12, 10, 'after')).toBe(10);
  });

  it('admits at least one', async () => {
    proxy.setFault({ kind: 'refuse' });
    expect(await admittedOf(5, 3)).toBe(1);
  });

  it('costs requests no waiting once Redis is left alone', async () => {
    proxy.setFault({ kind: 'black-hole' });
    await admittedOf(3, 10);
    const start = performance.now();
    await admittedOf(1_000, 10);
    // One wait for Redis would take 50 ms.
    expect((performance.now() - start) / 1_000).toBeLessThan(1);
  });

  it('takes neither a request that ended nor one that is not valid for a fault of Redis', async () => {
    const left = { signal: AbortSignal.abort(), deadlineMs: Infinity };
    for (let nth = 0; nth < 4; nth += 1) {
      await expect(storage.take([limitOf('a', 1)], left)).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      await expect(storage.take([limitOf('a', 0)], callContext(5_000))).rejects.toThrow(RangeError);
    }
    expect(storage.isDegraded).toBe(false);
  });

  it('does not take a busy process for a fault of Redis', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      const decision = storage.take([limitOf(`busy ${nth}`, 10)], callContext(5_000));
      const untilMs = performance.now() + 120;
      while (performance.now() < untilMs);
      expect((await decision).perLimit[0]?.degradedLimit).toBeUndefined();
    }
    expect(storage.isDegraded).toBe(false);
  });

  it('starts without Redis', async () => {
    await storage.close();
    const absent = new RedisRateLimitStorage({ url: 'redis://127.0.0.1:1' });
    storage = new DegradingRateLimitStorage(absent, new MemoryRateLimitStorage(), { replicas: 2 });
    expect(await admittedOf(12, 10)).toBe(5);
    expect(storage.isDegraded).toBe(true);
  });
});
