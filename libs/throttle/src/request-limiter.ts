import type { CallContext } from '@acervo/kernel';

import { outcomeOf, unlimited, type LimitOutcome, type NamedLimit } from './limit-outcome';
import { RefusalMemory } from './refusal-memory';
import type { RateLimitDecision, RateLimitStorage } from './rate-limit-storage';

export const limitNames = ['search', 'chat', 'research', 'default'] as const;
export type LimitName = (typeof limitNames)[number];

const MINUTE_MS = 60_000;

export interface LimitedRequest {
  readonly limit: LimitName;
  /** Permits that it costs, an integer ≥ 1. */
  readonly weight: number;
  readonly client: LimitedClient;
  /** Such as `GET /documents/:id`: routes under `default` are counted apart. */
  readonly route: string;
}

export interface LimitedClient {
  readonly id: string;
  /** Permits a minute where they differ; 0 is unlimited. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Since the start of the process. */
export interface LimitCounts {
  readonly admitted: number;
  readonly refused: number;
}

export interface RequestLimiterOptions {
  /** Owned: closed with the limiter. */
  readonly storage: RateLimitStorage;
  /** Permits a minute and client; 0 is unlimited. */
  readonly perMinute: Readonly<Record<LimitName, number>>;
  /** In ms, that of the storage in tests. Default: the monotonic clock. */
  readonly now?: () => number;
}

/**
 * The limits of requests. One limiter serves the router and whatever answers in front of it, so that both count alike.
 * Over a storage in memory nothing here makes a promise.
 */
export class RequestLimiter {
  readonly storage: RateLimitStorage;
  readonly perMinute: Readonly<Record<LimitName, number>>;
  private readonly refusals: RefusalMemory;
  private readonly counts = {
    search: { admitted: 0, refused: 0 },
    chat: { admitted: 0, refused: 0 },
    research: { admitted: 0, refused: 0 },
    default: { admitted: 0, refused: 0 },
  };
  private degraded = 0;

  constructor({ storage, perMinute, now }: RequestLimiterOptions) {
    this.storage = storage;
    this.perMinute = perMinute;
    this.refusals = new RefusalMemory(now);
  }

  /** The log that replicas share is away: each admits its share. */
  get isDegraded(): boolean {
    return this.storage.isDegraded;
  }

  /** Requests that a limit let through or refused. Those that no limit concerns are not among them. */
  get counted(): Readonly<Record<LimitName, LimitCounts>> {
    return this.counts;
  }

  /** Of those, decided by a share while the shared log was away. */
  get decidedByShare(): number {
    return this.degraded;
  }

  /** Spends the permits of a request, or none when it is refused. */
  take(request: LimitedRequest, context: CallContext): LimitOutcome | Promise<LimitOutcome> {
    const limit = this.limitOf(request);
    return limit === undefined ? unlimited : this.takeAll([limit], context);
  }

  /** All limits of one request at once: one round trip where the storage is elsewhere. */
  takeAll(limits: readonly NamedLimit[], context: CallContext): LimitOutcome | Promise<LimitOutcome> {
    if (limits.length === 0) return unlimited;
    const [first] = limits;
    const known = limits.length === 1 && first !== undefined ? this.refusals.find(first) : undefined;
    if (known !== undefined) {
      this.count(first, false);
      return known;
    }
    const decision = this.storage.take(limits, context);
    return decision instanceof Promise
      ? decision.then((decided) => this.conclude(limits, decided))
      : this.conclude(limits, decision);
  }

  /**
   * The answer to a request that would certainly be refused, without asking the storage; undefined when that is not
   * known. Spends nothing, and counts nothing: who refuses by it says so to `countRefusal`.
   */
  knownRefusal(request: LimitedRequest): LimitOutcome | undefined {
    const limit = this.limitOf(request);
    return limit && this.refusals.find(limit);
  }

  countRefusal(limit: LimitName): void {
    this.counts[limit].refused += 1;
  }

  /** Undefined when the request is not limited. */
  limitOf({ limit, weight, client, route }: LimitedRequest): NamedLimit | undefined {
    const permits = client.limits[limit] ?? this.perMinute[limit];
    if (permits === 0) return undefined;
    const key = limit === 'default' ? `default:${route}:${client.id}` : `${limit}:${client.id}`;
    return { name: limit, key, limit: permits, windowMs: MINUTE_MS, weight };
  }

  async close(): Promise<void> {
    await this.storage.close();
  }

  private conclude(limits: readonly NamedLimit[], { perLimit }: RateLimitDecision): LimitOutcome {
    const outcome = outcomeOf(limits, perLimit);
    const [limit, state] = [limits[0], perLimit[0]];
    this.count(limit, outcome.refusal === undefined);
    if (state?.degradedLimit !== undefined) this.degraded += 1;
    if (outcome.refusal !== undefined && limits.length === 1 && limit !== undefined && state !== undefined)
      this.refusals.add(limit, state);
    return outcome;
  }

  /** Limits of the application, beside those of Acervo, have no counts. */
  private count(limit: NamedLimit | undefined, isAdmitted: boolean): void {
    if (limit === undefined || !Object.hasOwn(this.counts, limit.name)) return;
    const counts = this.counts[limit.name as LimitName];
    if (isAdmitted) counts.admitted += 1;
    else counts.refused += 1;
  }
}
