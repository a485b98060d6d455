/**
 * One kind of value behind up to three tiers: memory, then the lower ones in their order.
 *
 * - A hit is promoted into memory and into the tiers above with the times it was made with: no copy outlives its origin.
 * - Equal questions are looked up and computed once in the process, and once in the fleet while a shared tier answers: a
 *   lease says who computes, the others wait for the value, for a while, and then compute themselves.
 * - Only whole, successful values are kept. Lower tiers are written off the path of requests.
 * - After `delete` or `clear` nothing that was looked up or begun before they were over is stored any more.
 * - No failure of a tier reaches the caller.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { callContext, remainingMs, SingleFlight, throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';

import { EntryCodec, HEADER_BYTES, type CacheEntry } from './cache-entry';
import { CacheCounters, type CacheStats } from './cache-stats';
import type { GuardedTier } from './guarded-tier';
import { freshness, isOutage, newEntry, type Lifetime } from './lifetime';
import { MemoryTier } from './memory-tier';
import { WriteBehind } from './write-behind';

export interface TieredCacheOptions {
  /** Changes whenever older values cannot be used any more, such as `answer/1` or `embedding/1 model@384`. */
  readonly schema: string;
  /** Without it every look-up goes to the lower tiers. */
  readonly memory?: { readonly maxEntries: number; readonly maxBytes: number };
  /** From near to far. Several caches may share them; whoever made them closes them. */
  readonly tiers?: readonly GuardedTier[];
  /** How long a process may keep others of the fleet from computing the same. Default 10,000. */
  readonly leaseMs?: number;
  /** How long to wait for another process before computing as well. Default 5,000. */
  readonly maxLeaseWaitMs?: number;
  /** Of one refresh in the background. Default 30,000. */
  readonly refreshTimeoutMs?: number;
  /** At once; more are left to later requests. Default 16. */
  readonly maxRefreshes?: number;
  /** Of writes that wait for one lower tier. Default 4,096 and 16 MiB. */
  readonly maxPendingWrites?: number;
  readonly maxPendingBytes?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface Computed {
  readonly value: Buffer;
  /** `negative`: there is nothing, keep it briefly. `no`: partial or not repeatable, hand it out and forget it. */
  readonly keep?: 'yes' | 'negative' | 'no';
}

/** The context ends when nobody waits any more, or with the longest deadline of those who do. */
export type Compute = (context: CallContext) => Promise<Computed>;

export interface CacheAnswer {
  /** Shared with others: do not change it. */
  readonly value: Buffer;
  /** `coalesced`: another caller had begun to compute it. `stale`: older than its lifetime, within its bounds. */
  readonly status: 'hit' | 'stale' | 'miss' | 'coalesced';
  /** Where a hit or stale value lay. */
  readonly tier: 'memory' | 'redis' | 'disk' | undefined;
  /** Since it was made; 0 for a new one. */
  readonly ageMs: number;
  /** Until it is stale; negative when it is; undefined when it is not kept. */
  readonly freshForMs: number | undefined;
  readonly isNegative: boolean;
}

export interface CachedEntry extends CacheEntry {
  readonly tier: 'memory' | 'redis' | 'disk';
}

export interface CacheWrite {
  readonly key: string;
  readonly value: Buffer;
}

type Outcome = Omit<CacheAnswer, 'ageMs' | 'freshForMs'> & { readonly entry: CacheEntry; readonly isKept: boolean };

/** A look into the nearest tier. */
interface LookUp {
  readonly epoch: number;
  /** Undefined once it is over: what a map has held may live until the next full collection. */
  entry: Promise<CacheEntry | undefined> | undefined;
}

/** In units of the computing time: beyond it one early refresh of 150 is drawn (e^-5). */
const EARLY_DRAWS = 5;
const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 100;

export class TieredCache {
  private readonly codec: EntryCodec;
  private readonly memory: MemoryTier<CacheEntry> | undefined;
  private readonly tiers: readonly GuardedTier[];
  private readonly writers: readonly WriteBehind[];
  private readonly flights = new SingleFlight<Outcome>();
  private readonly lookUps = new Map<string, LookUp>();
  private readonly refreshes = new Set<string>();
  private readonly counters = new CacheCounters();
  private readonly stop = new AbortController();
  private readonly now: () => number;
  private readonly random: () => number;
  /** Grows with the start and the end of each removal: what was begun before must not be stored. */
  private epoch = 0;
  private readonly removals = new Set<(key: string) => boolean>();

  constructor(private readonly options: TieredCacheOptions) {
    this.codec = new EntryCodec(options.schema);
    this.now = options.now ?? Date.now;
    this.random = options.random ?? Math.random;
    const { now } = options;
    if (options.memory !== undefined) this.memory = new MemoryTier({ ...options.memory, ...(now && { now }) });
    this.tiers = options.tiers ?? [];
    const { maxPendingWrites = 4_096, maxPendingBytes = 16 << 20 } = options;
    this.writers = this.tiers.map((tier) => new WriteBehind(tier, maxPendingWrites, maxPendingBytes));
  }

  /**
   * The value of `key`, from the nearest tier that has it, or computed.
   * Errors: those of `compute`, the same for all who wait; REQUEST_CANCELLED, REQUEST_DEADLINE_EXCEEDED. Both may come
   * late by what a look into the nearest tier may take: such a look is not interrupted, for listening to its end would
   * cost as much as the rest of it.
   *
   * @param options `mustCompute`: do not look, but store (the caller sent `no-cache`)
   */
  async getOrCompute(
    key: string,
    context: CallContext,
    lifetime: Lifetime,
    compute: Compute,
    options: { readonly mustCompute?: boolean } = {},
  ): Promise<CacheAnswer> {
    throwIfEnded(context);
    if (options.mustCompute === true) {
      const computed = await this.flights.run(`!${key}`, context, async (flight) =>
        this.compute(key, flight, lifetime, compute),
      );
      return this.answer(computed.value, computed.isJoined);
    }
    const inMemory = this.memory?.get(key);
    if (inMemory !== undefined) {
      const answer = this.use(key, inMemory, 'memory', lifetime, compute);
      if (answer !== undefined) return this.answer(answer, false);
    }
    const [nearest] = this.tiers;
    let older = inMemory;
    let { epoch } = this;
    if (nearest !== undefined && !this.flights.has(key)) {
      const known = this.lookUps.get(key);
      const lookUp = known ?? this.startLookUp(key, nearest);
      const entry = await lookUp.entry;
      if (known === undefined) this.endLookUp(key, lookUp);
      ({ epoch } = lookUp);
      const answer = entry && this.use(key, entry, nearest.name, lifetime, compute);
      if (entry !== undefined && answer !== undefined) {
        if (known === undefined) this.store(key, entry, epoch, 0, true);
        return this.answer(answer, false);
      }
      older ??= entry;
    }
    // All who waited for the look-up come here in the same turn: the first begins the flight, the others join it.
    const { value: outcome, isJoined } = await this.flights.run(key, context, async (flight) =>
      this.resolve(key, flight, lifetime, compute, epoch, older),
    );
    return this.answer(outcome, isJoined);
  }

  /** The value in memory, if it is fresh: nothing is awaited. */
  peek(key: string): CacheEntry | undefined {
    const entry = this.memory?.get(key);
    return entry !== undefined && this.now() < entry.freshUntilMs ? entry : undefined;
  }

  /**
   * The same for who hands it out without asking further: counted as a hit, and nothing when it is so close to its end
   * that `getOrCompute` may draw it for an early refresh.
   */
  hit(key: string): CacheEntry | undefined {
    const entry = this.memory?.get(key);
    if (entry === undefined || this.now() + entry.computeMs * EARLY_DRAWS >= entry.freshUntilMs) return undefined;
    this.counters.hits += 1;
    return entry;
  }

  /**
   * Fresh values in the order of `keys`, with one round trip for each tier that is needed.
   *
   * @param options `keepInMemory: false` for what is read once, such as the passages of an ingestion
   */
  async getMany(
    keys: readonly string[],
    context: CallContext,
    options: { readonly keepInMemory?: boolean } = {},
  ): Promise<(CachedEntry | undefined)[]> {
    throwIfEnded(context);
    const { epoch } = this;
    const now = this.now();
    const found: (CachedEntry | undefined)[] = keys.map((key) => {
      const entry = this.memory?.get(key);
      return entry !== undefined && now < entry.freshUntilMs ? { ...entry, tier: 'memory' } : undefined;
    });
    for (const [height, tier] of this.tiers.entries()) {
      const missing = keys.flatMap((_, at) => (found[at] === undefined ? [at] : []));
      if (missing.length === 0) break;
      const stored = await untilEnded(tier.getMany(missing.map((at) => keys[at] ?? '')), context);
      for (const [nth, at] of missing.entries()) {
        const key = keys[at] ?? '';
        const entry = this.decode(key, stored[nth]);
        if (entry === undefined || now >= entry.freshUntilMs) continue;
        found[at] = { ...entry, tier: tier.name };
        this.store(key, entry, epoch, height, options.keepInMemory ?? true);
      }
    }
    const hits = found.reduce((sum, entry) => sum + (entry === undefined ? 0 : 1), 0);
    this.counters.hits += hits;
    this.counters.misses += keys.length - hits;
    return found;
  }

  /** A point in time for `setMany`, to be taken before computing begins. */
  mark(): number {
    return this.epoch;
  }

  /**
   * Stores values that were computed elsewhere; returns at once.
   *
   * @param options `since`: a mark; nothing is stored if something was deleted after it
   */
  setMany(
    writes: readonly CacheWrite[],
    lifetime: Lifetime,
    options: { readonly keepInMemory?: boolean; readonly since?: number } = {},
  ): void {
    const epoch = options.since ?? this.epoch;
    for (const { key, value } of writes) {
      const entry = newEntry(value, false, lifetime, this.now(), 0);
      this.store(key, entry, epoch, this.tiers.length, options.keepInMemory ?? true);
    }
  }

  /**
   * Gives the value in memory another form, such as one with a compressed copy beside it; its times stay. Lower tiers
   * keep what they have.
   *
   * @param change undefined: leave it as it is
   */
  amend(key: string, change: (value: Buffer) => Buffer | undefined): void {
    const entry = this.memory?.get(key);
    const value = entry && change(entry.value);
    if (entry === undefined || value === undefined) return;
    this.store(key, { ...entry, value }, this.epoch, 0, true);
  }

  /** Removes one value everywhere. Rejects when a tier could not; memory is rid of it in any case. */
  async delete(key: string): Promise<void> {
    this.memory?.delete(key);
    for (const writer of this.writers) writer.forget(key);
    await this.removeBelow(
      (other) => other === key,
      (tier) => tier.deleteMany([key]),
    );
  }

  /** Removes everything whose key starts with `prefix` (see `cachePrefix`). Rejects when a tier could not. */
  async clear(prefix: string): Promise<void> {
    this.memory?.clear(prefix);
    for (const writer of this.writers) writer.forgetAll(prefix);
    await this.removeBelow(
      (key) => key.startsWith(prefix),
      (tier) => tier.clear(prefix),
    );
  }

  /** Resolves when every write of before has reached its tier or is lost. */
  async drain(): Promise<void> {
    await Promise.all(
      this.writers.map(async (writer) => {
        await writer.drained();
      }),
    );
  }

  /** Without a look at the tiers. */
  get counts(): { readonly hits: number; readonly misses: number } {
    const { hits, misses } = this.counters;
    return { hits, misses };
  }

  async stats(): Promise<CacheStats> {
    const tiers = await Promise.all(
      this.tiers.map(async (tier, nth) => ({
        ...tier.stats(),
        ...(await tier.usage()),
        droppedWrites: this.writers[nth]?.dropped ?? 0,
      })),
    );
    return this.counters.stats(this.memory?.stats(), tiers);
  }

  /** Ends refreshes, writes what waits. The tiers belong to whoever made them. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.drain();
  }

  /** Until it is over the tiers still have what goes: it is not stored again, and what was looked up neither. */
  private async removeBelow(
    covers: (key: string) => boolean,
    remove: (tier: GuardedTier) => Promise<void>,
  ): Promise<void> {
    this.epoch += 1;
    this.lookUps.clear();
    this.removals.add(covers);
    try {
      await this.drain();
      await Promise.all(this.tiers.map(remove));
    } finally {
      this.removals.delete(covers);
      this.epoch += 1;
      this.lookUps.clear();
    }
  }

  private startLookUp(key: string, nearest: GuardedTier): LookUp {
    const lookUp: LookUp = { epoch: this.epoch, entry: nearest.get(key, (bytes) => this.decode(key, bytes)) };
    this.lookUps.set(key, lookUp);
    return lookUp;
  }

  private endLookUp(key: string, lookUp: LookUp): void {
    lookUp.entry = undefined;
    if (this.lookUps.get(key) === lookUp) this.lookUps.delete(key);
  }

  /** From the tiers below the nearest, or computed. */
  private async resolve(
    key: string,
    context: CallContext,
    lifetime: Lifetime,
    compute: Compute,
    epoch: number,
    older: CacheEntry | undefined,
  ): Promise<Outcome> {
    let spare = older;
    for (const [height, tier] of this.tiers.entries()) {
      if (height === 0) continue;
      const [bytes] = await tier.getMany([key]);
      const entry = this.decode(key, bytes);
      if (entry === undefined) continue;
      const answer = this.use(key, entry, tier.name, lifetime, compute);
      if (answer !== undefined) {
        this.store(key, entry, epoch, height, true);
        return answer;
      }
      if (freshness(entry, lifetime, this.now(), 1) !== 'expired') spare ??= entry;
    }
    throwIfEnded(context);
    const instead = (): Outcome | undefined => {
      if (spare === undefined || freshness(spare, lifetime, this.now(), 1) === 'expired') return undefined;
      this.store(key, spare, epoch, 0, true);
      const { value, isNegative } = spare;
      return { value, status: 'stale', tier: 'memory', entry: spare, isNegative, isKept: true };
    };
    try {
      const outcome = await this.computeOnce(key, context, lifetime, compute);
      // A whole answer that is older is better than a partial one.
      return outcome.isKept ? outcome : (instead() ?? outcome);
    } catch (error) {
      const older = isOutage(error) ? instead() : undefined;
      if (older === undefined) throw error;
      return older;
    }
  }

  /** What `entry` is good for without waiting; undefined when a new value must be awaited. */
  private use(
    key: string,
    entry: CacheEntry,
    tier: CachedEntry['tier'],
    lifetime: Lifetime,
    compute: Compute,
  ): Outcome | undefined {
    const state = freshness(entry, lifetime, this.now(), 1 - this.random());
    if (state === 'if-error' || state === 'expired') return undefined;
    if (state !== 'fresh') this.refresh(key, lifetime, compute);
    const { value, isNegative } = entry;
    return { value, status: state === 'revalidate' ? 'stale' : 'hit', tier, entry, isNegative, isKept: true };
  }

  private refresh(key: string, lifetime: Lifetime, compute: Compute): void {
    if (this.refreshes.size >= (this.options.maxRefreshes ?? 16) || this.stop.signal.aborted) return;
    if (this.refreshes.has(key)) return;
    this.refreshes.add(key);
    this.counters.refreshes += 1;
    const context = callContext(this.options.refreshTimeoutMs ?? 30_000, this.stop.signal);
    this.flights
      .run(`!${key}`, context, async (flight) => await this.compute(key, flight, lifetime, compute))
      .catch(() => {
        // The old value stays within its bounds; the next request after that gets the error itself.
        this.counters.failedRefreshes += 1;
      })
      .finally(() => this.refreshes.delete(key));
  }

  /** Once in the fleet, as far as the shared tier can tell. */
  private async computeOnce(key: string, context: CallContext, lifetime: Lifetime, compute: Compute): Promise<Outcome> {
    const height = this.tiers.findIndex(({ isShared }) => isShared);
    const shared = this.tiers[height];
    if (shared === undefined) return await this.compute(key, context, lifetime, compute);
    const { epoch } = this;
    const giveUpAt = performance.now() + Math.min(this.options.maxLeaseWaitMs ?? 5_000, remainingMs(context));
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      const lease = await shared.tryLease(key, this.options.leaseMs ?? 10_000);
      if (typeof lease === 'function') {
        try {
          return await this.compute(key, context, lifetime, compute);
        } finally {
          // The value must be there before others are let in; nobody here waits for that.
          void (this.writers[height]?.drained() ?? Promise.resolve()).then(lease);
        }
      }
      if (lease === 'unavailable' || performance.now() >= giveUpAt) {
        return await this.compute(key, context, lifetime, compute);
      }
      await untilEnded(sleep(pollMs * (0.5 + this.random() / 2)), context);
      const [bytes] = await shared.getMany([key]);
      const entry = this.decode(key, bytes);
      if (entry === undefined || this.now() >= entry.freshUntilMs) continue;
      this.store(key, entry, epoch, height, true);
      const { value, isNegative } = entry;
      return { value, status: 'coalesced', tier: undefined, entry, isNegative, isKept: true };
    }
  }

  private async compute(key: string, context: CallContext, lifetime: Lifetime, compute: Compute): Promise<Outcome> {
    const { epoch } = this;
    const startedAt = performance.now();
    const { value, keep = 'yes' } = await compute(context);
    const isNegative = keep === 'negative';
    const entry = newEntry(value, isNegative, lifetime, this.now(), performance.now() - startedAt);
    const isKept = keep !== 'no';
    if (isKept && !context.signal.aborted) this.store(key, entry, epoch, this.tiers.length, true);
    return { value, status: 'miss', tier: undefined, entry, isNegative, isKept };
  }

  /** Into memory and the tiers above `height`. */
  private store(key: string, entry: CacheEntry, epoch: number, height: number, keepInMemory: boolean): void {
    if (epoch !== this.epoch) return;
    for (const covers of this.removals) if (covers(key)) return;
    if (keepInMemory && this.memory !== undefined) {
      const owned = { ...entry, value: ownBytes(entry.value) };
      this.memory.set(key, owned, owned.value.byteLength + HEADER_BYTES, entry.staleUntilMs);
    }
    if (height === 0) return;
    const writes = [{ key, bytes: this.codec.encode(key, entry), expiresAtMs: entry.staleUntilMs }];
    for (const writer of this.writers.slice(0, height)) writer.add(writes);
  }

  private decode(key: string, bytes: Buffer | undefined): CacheEntry | undefined {
    if (bytes === undefined) return undefined;
    const entry = this.codec.decode(key, bytes);
    if (typeof entry !== 'string') return entry;
    this.counters.unreadable[entry] += 1;
    return undefined;
  }

  private answer({ value, entry, isKept, isNegative, tier, status: found }: Outcome, isJoined: boolean): CacheAnswer {
    const status = isJoined && found === 'miss' ? 'coalesced' : found;
    this.counters.count(status);
    const now = this.now();
    const ageMs = Math.max(0, now - entry.createdMs);
    return { value, status, tier, isNegative, ageMs, freshForMs: isKept ? entry.freshUntilMs - now : undefined };
  }
}

/** A view keeps all of what it looks at alive, such as 64 KiB of a socket: memory gets bytes of its own. */
function ownBytes(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength <= bytes.byteLength + HEADER_BYTES) return bytes;
  const owned = Buffer.allocUnsafeSlow(bytes.byteLength);
  bytes.copy(owned);
  return owned;
}
