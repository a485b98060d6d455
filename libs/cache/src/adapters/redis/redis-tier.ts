import { randomUUID } from 'node:crypto';

import { CacheTier, type ReleaseLease, type TierUsage, type TierWrite } from '../../cache-tier';

import { RedisConnection } from './redis-connection';
import { RedisReads } from './redis-reads';

export interface RedisTierOptions {
  /** Such as `redis://:password@127.0.0.1:6379/0`. */
  readonly url: string;
  /** What every key starts with, so that others may use the same server. Default `acervo:`. */
  readonly namespace?: string;
  readonly now?: () => number;
}

/** Only the holder of the token may remove the lease: another one may have it by now. */
const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";
const SCAN_COUNT = 1_000;

/** Raw bytes in Redis 6 or later, each with a time to live. */
export class RedisTier extends CacheTier {
  override readonly name = 'redis';
  override readonly isShared = true;
  private readonly connection: RedisConnection;
  private readonly reads: RedisReads;
  private readonly namespace: string;
  private readonly now: () => number;
  private refusedWrites = 0;

  constructor(options: RedisTierOptions) {
    super();
    this.connection = new RedisConnection(options.url);
    this.reads = new RedisReads(this.connection);
    this.namespace = options.namespace ?? 'acervo:';
    this.now = options.now ?? Date.now;
  }

  /** Resolves after the first attempt, whether or not it succeeded: an absent Redis is no reason not to start. */
  async connect(): Promise<void> {
    await this.connection.connect();
  }

  override async getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    if (keys.length === 0) return [];
    const { client } = this.connection;
    const values = await client.mGet(keys.map((key) => this.namespace + key));
    return values.map((value) => value ?? undefined);
  }

  override look(key: string, onBytes: (bytes: Buffer | undefined) => void, onFailure: (error: unknown) => void): void {
    this.reads.add({ key: this.namespace + key, onBytes, onFailure });
  }

  /** In one write to the socket. A full or read-only Redis refuses writes and still answers reads: that is no outage. */
  override async setMany(writes: readonly TierWrite[]): Promise<void> {
    const { client } = this.connection;
    const now = this.now();
    const outcomes = await Promise.allSettled(
      writes.map(async ({ key, bytes, expiresAtMs }) => {
        const ttlMs = Math.floor(expiresAtMs - now);
        if (ttlMs >= 1) await client.set(this.namespace + key, bytes, { expiration: { type: 'PX', value: ttlMs } });
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      if (!isRefusal(outcome.reason)) throw outcome.reason;
      this.refusedWrites += 1;
    }
  }

  override async deleteMany(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.connection.client.unlink(keys.map((key) => this.namespace + key));
  }

  /** Walks over the whole server's keys, in steps: for operators and purges, not for requests. */
  override async clear(prefix: string): Promise<void> {
    const { client } = this.connection;
    const MATCH = `${(this.namespace + prefix).replace(/[\\*?[\]]/g, '\\$&')}*`;
    let cursor = '0';
    do {
      const page = await client.scan(cursor, { MATCH, COUNT: SCAN_COUNT });
      cursor = String(page.cursor);
      if (page.keys.length > 0) await client.unlink(page.keys);
    } while (cursor !== '0');
  }

  override async tryLease(key: string, ttlMs: number): Promise<ReleaseLease | undefined> {
    const lease = `${this.namespace}lease:${key}`;
    const token = randomUUID();
    const taken = await this.connection.client
      .set(lease, token, { condition: 'NX', expiration: { type: 'PX', value: ttlMs } })
      .catch((error: unknown) => {
        // Nobody can take a lease then: everybody computes.
        if (isRefusal(error)) return 'refused';
        throw error;
      });
    if (taken === null) return undefined;
    return async () => {
      if (taken !== 'refused') await this.connection.client.eval(RELEASE, { keys: [lease], arguments: [token] });
    };
  }

  override async usage(): Promise<TierUsage> {
    return await Promise.resolve({ evictions: 0, rebuilt: 0, refusedWrites: this.refusedWrites });
  }

  override async checkHealth(): Promise<void> {
    await this.connection.client.ping();
  }

  override recover(): void {
    this.connection.renew();
  }

  override async close(): Promise<void> {
    await this.connection.close();
  }
}

/** Connects in the background as well: the tier is there at once and useful as soon as Redis is. */
export async function createRedisTier(options: RedisTierOptions): Promise<RedisTier> {
  const tier = new RedisTier(options);
  await tier.connect();
  return tier;
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(OOM|READONLY|MISCONF)\b/.test(error.message);
}
