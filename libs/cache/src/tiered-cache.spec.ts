import { callContext, DomainError, type CallContext } from '@acervo/kernel';

import { CacheTier, type ReleaseLease, type TierUsage, type TierWrite } from './cache-tier';
import { GuardedTier } from './guarded-tier';
import type { Lifetime } from './lifetime';
import { TieredCache, type Compute, type TieredCacheOptions } from './tiered-cache';

/** A tier in this process, so that two caches can be two replicas, with every call counted. */
class MapTier extends CacheTier {
  override readonly name = 'redis';
  readonly stored = new Map<string, TierWrite>();
  readonly leases = new Set<string>();
  reads: (readonly string[])[] = [];

  constructor(override readonly isShared = false) {
    super();
  }

  override async getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    this.reads.push(keys);
    return await Promise.resolve(keys.map((key) => this.stored.get(key)?.bytes));
  }
  override async setMany(writes: readonly TierWrite[]): Promise<void> {
    for (const write of writes) this.stored.set(write.key, write);
    await Promise.resolve();
  }
  override async deleteMany(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.stored.delete(key);
    await Promise.resolve();
  }
  override async clear(prefix: string): Promise<void> {
    for (const key of this.stored.keys()) if (key.startsWith(prefix)) this.stored.delete(key);
    await Promise.resolve();
  }
  override async tryLease(key: string): Promise<ReleaseLease | undefined> {
    if (this.leases.has(key)) {
      await Promise.resolve(undefined);
      return;
    }
    this.leases.add(key);
    return async () => {
      this.leases.delete(key);
      await Promise.resolve();
    };
  }
  override async usage(): Promise<TierUsage> {
    return await Promise.resolve({ evictions: 0, rebuilt: 0, refusedWrites: 0 });
  }
  override async checkHealth(): Promise<void> {
    await Promise.resolve();
  }
  override recover(): void {
    return;
  }
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

const memory = { maxEntries: 100, maxBytes: 1 << 20 };
const minute = { freshMs: 60_000, earlyRefresh: 0 };
const soon = (): CallContext => callContext(5_000);

describe('a tiered cache', () => {
  let now: number;
  let computed: number;
  const open: TieredCache[] = [];
  const make = (options: Partial<TieredCacheOptions> = {}): TieredCache => {
    const cache = new TieredCache({ schema: 'test/1', memory, now: () => now, ...options });
    open.push(cache);
    return cache;
  };
  const counted: Compute = async () => Promise.resolve({ value: Buffer.from(`v${++computed}`) });
  const ask = async (cache: TieredCache, lifetime: Lifetime = minute, compute = counted, key = 'a:k') => {
    const { value, status, tier } = await cache.getOrCompute(key, soon(), lifetime, compute);
    return `${value.toString()} ${status} ${tier ?? '-'}`;
  };

  beforeEach(() => {
    now = 1_000_000;
    computed = 0;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (cache) => cache.close()));
  });

  it('computes once for 1,000 equal questions, with one look into each tier (B1)', async () => {
    const tier = new MapTier();
    const cache = make({ tiers: [new GuardedTier(tier)] });
    const answers = await Promise.all(Array.from({ length: 1_000 }, async () => ask(cache)));
    expect(computed).toBe(1);
    expect(tier.reads).toEqual([['a:k']]);
    expect(answers.filter((answer) => answer === 'v1 miss -')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'v1 coalesced -')).toHaveLength(999);
    expect(await ask(cache)).toBe('v1 hit memory');
    expect(await cache.stats()).toMatchObject({ hits: 1_000, misses: 1, coalesced: 999, memory: { entries: 1 } });
  });

  it('finds in a lower tier what another cache computed, and keeps its times on the way up', async () => {
    const [near, far] = [new MapTier(), new MapTier()];
    const first = make({ tiers: [new GuardedTier(far)] });
    await ask(first);
    await first.drain();
    now += 40_000;
    const second = make({ tiers: [near, far].map((tier) => new GuardedTier(tier)) });
    expect(await ask(second)).toBe('v1 hit redis');
    expect(await ask(second)).toBe('v1 hit memory');
    await second.drain();
    expect(near.stored.get('a:k')?.expiresAtMs).toBe(1_060_000);
    now += 20_000;
    expect(await ask(second)).toBe('v2 miss -');
  });

  it('looks once for 1,000 equal questions that a lower tier can answer, whoever of them leaves', async () => {
    const tier = new MapTier();
    const writer = make({ tiers: [new GuardedTier(tier)] });
    await ask(writer);
    await writer.drain();
    const reader = make({ tiers: [new GuardedTier(tier)] });
    tier.reads = [];
    const leaving = new AbortController();
    const first = reader.getOrCompute('a:k', { signal: leaving.signal, deadlineMs: Infinity }, minute, counted);
    const others = Promise.all(Array.from({ length: 999 }, async () => ask(reader)));
    leaving.abort();
    await first;
    expect(new Set(await others)).toEqual(new Set(['v1 hit redis']));
    expect(tier.reads).toEqual([['a:k']]);
    expect(await ask(reader)).toBe('v1 hit memory');
  });

  it('computes for the others when the first of them leaves before the tier says that it has nothing', async () => {
    const tier = new MapTier();
    const cache = make({ tiers: [new GuardedTier(tier)] });
    const leaving = new AbortController();
    const first = cache.getOrCompute('a:k', { signal: leaving.signal, deadlineMs: Infinity }, minute, counted);
    const others = Promise.all([1, 2, 3].map(async () => ask(cache)));
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect((await others).sort()).toEqual(['v1 coalesced -', 'v1 coalesced -', 'v1 miss -']);
    expect(tier.reads).toEqual([['a:k']]);
  });

  it('takes nothing into memory that was looked up before or during a deletion', async () => {
    const tier = new MapTier();
    const writer = make({ tiers: [new GuardedTier(tier)] });
    await ask(writer);
    await writer.drain();
    const reader = make({ tiers: [new GuardedTier(tier)] });
    const early = ask(reader);
    const deletion = reader.delete('a:k');
    const late = ask(reader);
    const other = ask(reader, minute, counted, 'b:k');
    expect(await Promise.all([early, late, other])).toEqual(['v1 hit redis', 'v1 hit redis', 'v2 miss -']);
    await deletion;
    expect(reader.peek('a:k')).toBeUndefined();
    expect(tier.stored.has('a:k')).toBe(false);
  });

  it('serves stale values at once while a new one is made', async () => {
    const cache = make();
    const lifetime = { ...minute, staleWhileRevalidateMs: 10_000 };
    await ask(cache, lifetime);
    now += 65_000;
    expect(await ask(cache, lifetime)).toBe('v1 stale memory');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask(cache, lifetime)).toBe('v2 hit memory');
    now += 70_000;
    expect(await ask(cache, lifetime)).toBe('v3 miss -');
  });

  it('serves stale values instead of an outage, within the bound, and never instead of a refusal', async () => {
    const cache = make();
    const lifetime = { ...minute, staleIfErrorMs: 60_000 };
    const failing =
      (code: string): Compute =>
      async () =>
        Promise.reject(new DomainError(code, code));
    await ask(cache, lifetime);
    now += 90_000;
    expect(await ask(cache, lifetime, failing('STORE_UNAVAILABLE'))).toBe('v1 stale memory');
    await expect(ask(cache, lifetime, failing('COLLECTION_NOT_FOUND'))).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    });
    now += 31_000;
    await expect(ask(cache, lifetime, failing('STORE_UNAVAILABLE'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });

  it('refreshes early by chance, with the old value as a hit', async () => {
    let random = 0;
    const cache = make({ random: () => random });
    const lifetime = { freshMs: 60_000, earlyRefresh: 1e9 };
    const slow: Compute = async (context) => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      return counted(context);
    };
    await ask(cache, lifetime, slow);
    expect(await ask(cache, lifetime, slow)).toBe('v1 hit memory');
    await new Promise((resolve) => setImmediate(resolve));
    expect(computed).toBe(1);
    random = 0.9;
    expect(await ask(cache, lifetime, slow)).toBe('v1 hit memory');
    await new Promise((resolve) => setImmediate(resolve));
    random = 0;
    expect(await ask(cache, lifetime, slow)).toBe('v2 hit memory');
  });

  it('keeps negative values briefly, partial ones and errors not at all', async () => {
    const cache = make();
    const nothing: Compute = async () => Promise.resolve({ value: Buffer.from(`none${++computed}`), keep: 'negative' });
    const partial: Compute = async () => Promise.resolve({ value: Buffer.from(`part${++computed}`), keep: 'no' });
    expect(await ask(cache, minute, nothing)).toBe('none1 miss -');
    expect(await ask(cache, minute, nothing)).toBe('none1 hit memory');
    now += 6_001;
    expect(await ask(cache, minute, partial)).toBe('part2 miss -');
    const failure: Compute = async () => Promise.reject(new Error('down'));
    await expect(ask(cache, minute, failure)).rejects.toThrow('down');
    expect(await ask(cache)).toBe('v3 miss -');
  });

  it('lets one replica of the fleet compute, and the others wait for its value', async () => {
    const tier = new MapTier(true);
    const replicas = [1, 2, 3].map(() => make({ tiers: [new GuardedTier(tier)] }));
    const slow: Compute = async (context) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return counted(context);
    };
    const answers = await Promise.all(replicas.map(async (cache) => ask(cache, minute, slow)));
    expect(computed).toBe(1);
    expect(answers.sort()).toEqual(['v1 coalesced -', 'v1 coalesced -', 'v1 miss -']);
    await replicas[0]?.drain();
    await new Promise((resolve) => setImmediate(resolve));
    expect(tier.leases.size).toBe(0);
  });

  it('computes itself when the holder of the lease takes too long', async () => {
    const tier = new MapTier(true);
    tier.leases.add('a:k');
    const cache = make({ tiers: [new GuardedTier(tier)], maxLeaseWaitMs: 30 });
    expect(await ask(cache)).toBe('v1 miss -');
  });

  it('drops and counts entries that are damaged, foreign or of another key (B7)', async () => {
    const tier = new MapTier();
    const writer = make({ tiers: [new GuardedTier(tier)] });
    await ask(writer);
    await writer.drain();
    const bytes = tier.stored.get('a:k')?.bytes ?? Buffer.alloc(0);
    const expiresAtMs = Infinity;
    tier.stored.set('a:moved', { key: 'a:moved', bytes, expiresAtMs });
    tier.stored.set('a:foreign', { key: 'a:foreign', bytes: Buffer.from('x'.repeat(80)), expiresAtMs });
    const reader = make({ tiers: [new GuardedTier(tier)] });
    expect(await ask(reader, minute, counted, 'a:moved')).toBe('v2 miss -');
    expect(await ask(reader, minute, counted, 'a:foreign')).toBe('v3 miss -');
    expect(await reader.stats()).toMatchObject({ unreadable: { damaged: 1, foreign: 1, newer: 0 } });
  });

  it('reads many with one round trip a tier, for what is missing only', async () => {
    const [near, far] = [new MapTier(), new MapTier()];
    const writer = make({ tiers: [new GuardedTier(far)] });
    writer.setMany(
      [1, 2, 3].map((nth) => ({ key: `e:${nth}`, value: Buffer.from(`${nth}`) })),
      minute,
    );
    await writer.drain();
    const cache = make({ tiers: [near, far].map((tier) => new GuardedTier(tier)) });
    const text = async (...keys: string[]): Promise<string[]> =>
      (await cache.getMany(keys, soon())).map((entry) => (entry ? `${entry.value.toString()} ${entry.tier}` : '-'));
    expect(await text('e:1', 'e:x')).toEqual(['1 redis', '-']);
    expect(await text('e:1', 'e:2', 'e:3')).toEqual(['1 memory', '2 redis', '3 redis']);
    expect(far.reads).toEqual([
      ['e:1', 'e:x'],
      ['e:2', 'e:3'],
    ]);
  });

  it('stores nothing that was begun before a clearing', async () => {
    const tier = new MapTier();
    const cache = make({ tiers: [new GuardedTier(tier)] });
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const running = ask(cache, minute, async (context) => {
      await isReleased;
      return counted(context);
    });
    await ask(cache, minute, counted, 'b:k');
    await cache.clear('a:');
    release();
    expect(await running).toBe('v2 miss -');
    await cache.drain();
    expect([...tier.stored.keys()]).toEqual(['b:k']);
    expect(await ask(cache)).toBe('v3 miss -');
    await cache.delete('a:k');
    expect(await ask(cache)).toBe('v4 miss -');
  });

  it('hands out a whole older value instead of a partial new one, and forgets the partial one', async () => {
    const cache = make();
    const lifetime = { ...minute, staleIfErrorMs: 600_000 };
    const whole = Buffer.from('whole');
    await cache.getOrCompute('k', soon(), lifetime, async () => Promise.resolve({ value: whole }));
    const partial: Compute = async () => Promise.resolve({ value: Buffer.from('partial'), keep: 'no' });
    now += 70_000;
    expect(await cache.getOrCompute('k', soon(), lifetime, partial)).toMatchObject({ value: whole, status: 'stale' });
    now += 600_000;
    const answer = await cache.getOrCompute('k', soon(), lifetime, partial);
    expect(answer).toMatchObject({ status: 'miss', freshForMs: undefined });
    expect(answer.value.toString()).toBe('partial');
  });

  it('changes the form of a value in memory and none of its times', async () => {
    const cache = make();
    await cache.getOrCompute('k', soon(), minute, async () => Promise.resolve({ value: Buffer.from('a') }));
    const before = cache.peek('k');
    now += 10_000;
    cache.amend('k', (value) => Buffer.concat([value, Buffer.from('b')]));
    cache.amend('k', () => undefined);
    cache.amend('unknown', () => Buffer.from('x'));
    expect(cache.peek('k')).toEqual({ ...before, value: Buffer.from('ab') });
    expect(cache.peek('unknown')).toBeUndefined();
  });

  it('stores nothing that was computed elsewhere before a deletion', async () => {
    const cache = make();
    const since = cache.mark();
    await cache.clear('');
    cache.setMany([{ key: 'k', value: Buffer.from('old') }], minute, { since });
    expect(cache.peek('k')).toBeUndefined();
    cache.setMany([{ key: 'k', value: Buffer.from('new') }], minute, { since: cache.mark() });
    expect(cache.peek('k')?.value.toString()).toBe('new');
  });

  it('hands out without asking what is fresh, and counts it as a hit', async () => {
    const cache = make();
    expect(cache.hit('a:k')).toBeUndefined();
    await ask(cache);
    expect(cache.hit('a:k')?.value.toString()).toBe('v1');
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 1 });
    now += minute.freshMs;
    expect(cache.hit('a:k')).toBeUndefined();
  });
});
