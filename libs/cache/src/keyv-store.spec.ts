import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CACHE_MANAGER, CacheInterceptor, CacheModule, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, Inject, Query, UseInterceptors, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createCache, type Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import request from 'supertest';

import { createDiskTier } from './adapters/sqlite/disk-tier';
import { GuardedTier } from './guarded-tier';
import { KeyvStore } from './keyv-store';

let computed = 0;

@Controller()
@UseInterceptors(CacheInterceptor)
class SumController {
  constructor(@Inject(CACHE_MANAGER) private readonly cache: Cache) {}

  @Get('sum')
  @CacheTTL(60_000)
  sum(@Query('a') a: string, @Query('b') b: string): { sum: number; computed: number } {
    return { sum: Number(a) + Number(b), computed: ++computed };
  }

  @Get('forget')
  async forget(): Promise<boolean> {
    return await this.cache.clear();
  }
}

describe('the store for Keyv', () => {
  let directory: string;
  let tier: GuardedTier;
  let now: number;
  const open: (() => Promise<void>)[] = [];
  const store = (memoryBytes = 1 << 20): KeyvStore => {
    const made = new KeyvStore({ tiers: [tier], memoryBytes, now: () => now });
    open.push(async () => made.disconnect());
    return made;
  };
  const managed = (namespace?: string): Cache =>
    createCache({ stores: [new Keyv({ store: store(), ...(namespace !== undefined && { namespace }) })] });
  const serve = async (): Promise<INestApplication> => {
    const module = await Test.createTestingModule({
      imports: [CacheModule.register({ stores: store(), ttl: 30_000 })],
      controllers: [SumController],
    }).compile();
    return await module.createNestApplication({ logger: false }).init();
  };

  beforeEach(async () => {
    now = Date.now();
    computed = 0;
    directory = await mkdtemp(join(tmpdir(), 'acervo-keyv-'));
    tier = new GuardedTier(
      await createDiskTier({ path: join(directory, 'cache.db'), maxBytes: 1 << 24, now: () => now }),
    );
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (close) => close()));
    await tier.close();
    await rm(directory, { recursive: true });
  });

  it('keeps values of any JSON type, one by one and many at once', async () => {
    const cache = managed();
    const values = { text: 'ação', number: 0, no: false, list: [1, { a: null }], nothing: null };
    await cache.mset(Object.entries(values).map(([key, value]) => ({ key, value })));
    for (const [key, value] of Object.entries(values)) expect([key, await cache.get(key)]).toEqual([key, value]);
    expect(await cache.mget([...Object.keys(values), 'absent'])).toEqual([...Object.values(values), undefined]);
    await cache.set('text', 'other');
    expect(await cache.get('text')).toBe('other');
  });

  it('finds after a restart what was set before', async () => {
    const first = managed();
    await first.set('k', { a: 1 });
    await first.disconnect();
    expect(await managed().get('k')).toEqual({ a: 1 });
  });

  it('forgets values when their time is over, and by default after a day', async () => {
    const kept = store();
    kept.set('short', 'x', 1_000);
    kept.set('long', 'y');
    expect(await kept.hasMany(['short', 'long', 'absent'])).toEqual([true, true, false]);
    now += 1_001;
    expect(await kept.getMany(['short', 'long'])).toEqual([undefined, 'y']);
    now += 24 * 60 * 60_000;
    expect(await kept.get('long')).toBeUndefined();
  });

  it('deletes, and says whether there was something', async () => {
    const cache = store();
    cache.set('k', 'v');
    expect(await cache.delete('k')).toBe(true);
    expect(await cache.delete('k')).toBe(false);
    expect(await store().get('k')).toBeUndefined();
    const manager = managed();
    await manager.set('m', 1);
    await manager.mdel(['m', 'absent']);
    expect(await manager.get('m')).toBeUndefined();
  });

  it('keeps namespaces apart, and clears one', async () => {
    const [a, b] = [managed('a'), managed('b')];
    await a.set('k', 'of a');
    await b.set('k', 'of b');
    await a.clear();
    expect(await a.get('k')).toBeUndefined();
    expect(await b.get('k')).toBe('of b');
  });

  it('computes once what is wrapped', async () => {
    const cache = managed();
    const compute = (): Promise<number> => Promise.resolve(++computed);
    const all = await Promise.all(Array.from({ length: 20 }, async () => cache.wrap('k', compute, 60_000)));
    expect(new Set(all)).toEqual(new Set([1]));
    expect(await cache.wrap('k', compute, 60_000)).toBe(1);
  });

  it('misses, and does not fail, while a tier fails', async () => {
    const cache = store(0);
    await tier.close();
    cache.set('k', 'v');
    expect(await cache.get('k')).toBeUndefined();
    await expect(cache.clear()).rejects.toThrow('closed');
  });

  it('refuses values that Keyv did not serialise', () => {
    expect(() => store().set('k', { a: 1 })).toThrow(TypeError);
  });

  it('serves CacheInterceptor and CACHE_MANAGER of @nestjs/cache-manager, across a restart', async () => {
    const first = await serve();
    const sum = async (app: INestApplication, query: string): Promise<unknown> =>
      (
        await request(app.getHttpServer() as never)
          .get(`/sum?${query}`)
          .expect(200)
      ).body;
    expect(await sum(first, 'a=1&b=2')).toEqual({ sum: 3, computed: 1 });
    expect(await sum(first, 'a=1&b=2')).toEqual({ sum: 3, computed: 1 });
    expect(await sum(first, 'a=2&b=2')).toEqual({ sum: 4, computed: 2 });
    await first.close();

    const second = await serve();
    expect(await sum(second, 'a=1&b=2')).toEqual({ sum: 3, computed: 1 });
    await request(second.getHttpServer() as never)
      .get('/forget')
      .expect(200);
    expect(await sum(second, 'a=1&b=2')).toEqual({ sum: 3, computed: 3 });
    await second.close();
  });
});
