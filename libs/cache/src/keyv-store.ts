import { EventEmitter } from 'node:events';

import type { KeyvStoreAdapter } from 'keyv';

import { startCall } from '@acervo/kernel';

import { HEADER_BYTES } from './cache-entry';
import { cacheKey, cachePrefix } from './cache-key';
import type { GuardedTier } from './guarded-tier';
import { TieredCache, type CachedEntry } from './tiered-cache';

export interface KeyvStoreOptions {
  /** From near to far. Whoever made them closes them. */
  readonly tiers?: readonly GuardedTier[];
  /** Default 16 MiB; 0: no memory. */
  readonly memoryBytes?: number;
  /** For values that are set without one: nothing here lives for ever. Default a day. */
  readonly defaultTtlMs?: number;
  readonly now?: () => number;
}

const TAG = 'keyv1';
const DAY_MS = 24 * 60 * 60_000;
/** The tiers have shorter limits of their own. */
const READ_TIMEOUT_MS = 5_000;

/**
 * The tiers as a store of Keyv 5, and with that behind `CACHE_MANAGER` and `CacheInterceptor` of @nestjs/cache-manager:
 * `CacheModule.register({ stores: new KeyvStore({ tiers }) })`. For values of the application, as Keyv serialises them;
 * answers and embeddings have caches of their own.
 *
 * Reads never reject: a tier that fails is a miss. Writes are on their way when `set` returns. `delete` and `clear`
 * reject when a tier could not, which Keyv tells as an `error` event. `clear` removes the store's namespace.
 * There is no iterator: keys are stored as digests, and Keyv knows iterators of its own adapters only.
 */
export class KeyvStore extends EventEmitter implements KeyvStoreAdapter {
  readonly opts = { dialect: 'acervo' };
  /** Set by Keyv, which also puts it in front of every key. */
  namespace: string | undefined;
  private readonly cache: TieredCache;
  private readonly defaultTtlMs: number;

  constructor({ tiers = [], memoryBytes = 16 << 20, defaultTtlMs = DAY_MS, now }: KeyvStoreOptions = {}) {
    super();
    this.defaultTtlMs = defaultTtlMs;
    this.cache = new TieredCache({
      schema: 'keyv/1',
      tiers,
      ...(memoryBytes > 0 && { memory: { maxEntries: Math.ceil(memoryBytes / HEADER_BYTES), maxBytes: memoryBytes } }),
      ...(now && { now }),
    });
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const [value] = await this.getMany<Value>([key]);
    return value;
  }

  /** One round trip to each tier that is needed. */
  async getMany<Value>(keys: readonly string[]): Promise<(Value | undefined)[]> {
    const entries = await this.find(keys);
    // What Keyv wrote, which it parses.
    return entries.map((entry) => entry?.value.toString() as Value | undefined);
  }

  set(key: string, value: unknown, ttlMs?: number): boolean {
    if (typeof value !== 'string') {
      throw new TypeError('Values arrive as text: leave serialisation and compression of Keyv as they are.');
    }
    const freshMs = ttlMs ?? this.defaultTtlMs;
    this.cache.setMany([{ key: this.keyOf(key), value: Buffer.from(value) }], { freshMs, earlyRefresh: 0 });
    return true;
  }

  async setMany(entries: readonly { key: string; value: unknown; ttl?: number }[]): Promise<void> {
    for (const { key, value, ttl } of entries) this.set(key, value, ttl);
    await Promise.resolve();
  }

  async has(key: string): Promise<boolean> {
    const [has = false] = await this.hasMany([key]);
    return has;
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return (await this.find(keys)).map((entry) => entry !== undefined);
  }

  /** Whether it was there. */
  async delete(key: string): Promise<boolean> {
    return await this.deleteMany([key]);
  }

  /** Whether any of them was there. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const had = await this.hasMany(keys);
    await Promise.all(
      keys.map(async (key) => {
        await this.cache.delete(this.keyOf(key));
      }),
    );
    return had.includes(true);
  }

  async clear(): Promise<void> {
    await this.cache.clear(cachePrefix(TAG, [this.namespace]));
  }

  /** Writes what waits. The tiers stay open. */
  async disconnect(): Promise<void> {
    await this.cache.close();
  }

  private keyOf(key: string): string {
    return cacheKey(TAG, [key], [this.namespace]);
  }

  private async find(keys: readonly string[]): Promise<readonly (CachedEntry | undefined)[]> {
    const call = startCall(READ_TIMEOUT_MS);
    try {
      return await this.cache.getMany(
        keys.map((key) => this.keyOf(key)),
        call.context,
      );
    } finally {
      call.end();
    }
  }
}
