import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';

import { callContext } from '@acervo/kernel';
import {
  describeWithRedis,
  startFaultProxy,
  startRedisServer,
  type Fault,
  type FaultProxy,
  type RedisServer,
} from '@acervo/testing';

import { GuardedTier } from '../../guarded-tier';
import { TieredCache } from '../../tiered-cache';

import { createRedisTier } from './redis-tier';

const lifetime = { freshMs: 60_000 };

describeWithRedis('a cache over a Redis in trouble (B4)', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let tier: GuardedTier;
  let cache: TieredCache;
  /** The same without trouble: what the others are compared with. */
  let wellTier: GuardedTier;
  let well: TieredCache;
  let nth = 0;

  beforeAll(async () => {
    server = await startRedisServer();
    wellTier = new GuardedTier(await createRedisTier({ url: server.url, namespace: 'well:' }));
    well = new TieredCache({ schema: 'test/1', tiers: [wellTier] });
  });
  afterAll(async () => {
    await well.close();
    await wellTier.close();
    await server.stop();
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(server.port);
    tier = new GuardedTier(await createRedisTier({ url: `redis://127.0.0.1:${proxy.port}` }));
    cache = new TieredCache({ schema: 'test/1', tiers: [tier] });
  });
  afterEach(async () => {
    await cache.close();
    await tier.close();
    await proxy.close();
  });

  const ask = async (key: string, of = cache): Promise<{ status: string; ms: number }> => {
    const startedAt = performance.now();
    const { value, status } = await of.getOrCompute(key, callContext(5_000), lifetime, async () =>
      Promise.resolve({ value: Buffer.from(key) }),
    );
    expect(value.toString()).toBe(key);
    return { status, ms: performance.now() - startedAt };
  };
  const askMany = async (count: number): Promise<number[]> => {
    const took: number[] = [];
    for (let done = 0; done < count; done++) took.push((await ask(`k${nth++}`)).ms);
    return took;
  };
  const quantile = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
  const untilBack = async (): Promise<number> => {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 6_000) {
      const key = `back${nth++}`;
      await ask(key);
      await cache.drain();
      if ((await ask(key)).status === 'hit') break;
      await sleep(20);
    }
    return performance.now() - startedAt;
  };

  it('serves from it while it is well, and gives every key a time to live (B9)', async () => {
    await ask('well');
    await cache.drain();
    expect(await ask('well')).toMatchObject({ status: 'hit' });
    const client = createClient({ url: server.url });
    await client.connect();
    const keys = await client.keys('*');
    const times = await Promise.all(keys.map(async (key) => await client.pTTL(key)));
    expect(keys.length).toBeGreaterThan(0);
    expect(times.filter((ms) => ms <= 0 || ms > 60_000)).toEqual([]);
    await client.close();
  });

  const outages: readonly Fault[] = [
    { kind: 'refuse' },
    { kind: 'black-hole' },
    { kind: 'delay', ms: 300 },
    { kind: 'reset' },
    { kind: 'redis-error', message: 'LOADING Redis is loading the dataset in memory' },
  ];
  it.each(outages)(
    'loses no request, costs nothing once the breaker is open, and is back within 5 s: %j',
    async (fault) => {
      await askMany(50);
      proxy.setFault(fault);
      await askMany(10);
      expect(tier.isAvailable).toBe(false);
      // In turns with a cache whose Redis is well: what else the machine does meets both.
      const [took, baseline]: [number[], number[]] = [[], []];
      for (let done = 0; done < 500; done++) {
        took.push((await ask(`k${nth++}`)).ms);
        baseline.push((await ask(`k${nth++}`, well)).ms);
      }
      expect(tier.isAvailable).toBe(false);
      expect(quantile(took, 0.5)).toBeLessThanOrEqual(quantile(baseline, 0.5));
      expect(quantile(took, 0.99)).toBeLessThanOrEqual(quantile(baseline, 0.99) + 5);
      proxy.setFault({ kind: 'none' });
      expect(await untilBack()).toBeLessThanOrEqual(5_000);
    },
  );

  it.each([
    'OOM command not allowed when used memory > maxmemory',
    "READONLY You can't write against a read only replica",
  ])('goes on reading while writes are refused: %s', async (message) => {
    await ask('old');
    await cache.drain();
    proxy.setFault({ kind: 'redis-error', message, commands: ['SET'] });
    await askMany(20);
    await cache.drain();
    expect(tier.isAvailable).toBe(true);
    expect(await ask('old')).toMatchObject({ status: 'hit' });
    expect((await tier.usage())?.refusedWrites).toBeGreaterThan(0);
    proxy.setFault({ kind: 'none' });
    expect(await untilBack()).toBeLessThanOrEqual(5_000);
  });

  it('survives flapping', async () => {
    for (let round = 0; round < 6; round++) {
      proxy.setFault(round % 2 === 0 ? { kind: 'reset' } : { kind: 'none' });
      await askMany(20);
      await sleep(60);
    }
    proxy.setFault({ kind: 'none' });
    expect(await untilBack()).toBeLessThanOrEqual(5_000);
  });

  it('starts without Redis and finds it later', async () => {
    const absent = await startRedisServer();
    await absent.stop();
    const late = new GuardedTier(await createRedisTier({ url: absent.url }));
    const early = new TieredCache({ schema: 'test/1', tiers: [late] });
    const answer = await early.getOrCompute('k', callContext(1_000), lifetime, async () =>
      Promise.resolve({ value: Buffer.from('v') }),
    );
    expect(answer.status).toBe('miss');
    const arrived = await startRedisServer(absent.port);
    const deadline = performance.now() + 5_000;
    let isBack = false;
    while (!isBack && performance.now() < deadline) {
      isBack = (await late.getMany(['x'])).length === 1;
      await sleep(20);
    }
    expect(isBack).toBe(true);
    await early.close();
    await late.close();
    await arrived.stop();
  });
});
