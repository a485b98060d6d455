import { createClient } from 'redis';

import { type CallContext, throwIfEnded, untilEnded } from '@acervo/kernel';

import {
  assertLimits,
  type LimitState,
  type RateLimit,
  type RateLimitDecision,
  SharedRateLimitStorage,
} from '../../rate-limit-storage';

import { takeScript, takeScriptSha } from './take-script';

export interface RedisRateLimitOptions {
  /** Such as `redis://:password@127.0.0.1:6379/0`. */
  readonly url: string;
  /** What every key starts with. Default `acervo:limit:`. */
  readonly namespace?: string;
  /** In ms, for tests. Default: the clock of the server, one for all replicas. */
  readonly now?: () => number;
}

const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_PAUSE_MS = 1_000;
/** Commands without an answer yet; more are refused. */
const MAX_PENDING_COMMANDS = 10_000;
/** Writes, as requests do: a Redis that is full or read-only answers PING. */
const PROBE: RateLimit = { key: 'probe', limit: 1_000_000, windowMs: 1_000, weight: 1 };

function newClient(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_PENDING_COMMANDS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_PAUSE_MS),
    },
  });
  // Calls fail by themselves while there is no connection; without a listener the event would end the process.
  client.on('error', () => undefined);
  return client;
}

/**
 * Exact sliding log in Redis 6 or later (one server, not a cluster), the same for all who use it. A call is one round
 * trip for all its limits, two when Redis has lost the script. Every key has a time to live.
 *
 * Errors: what node-redis says when Redis is away or refuses, at once and without waiting for a connection;
 * REQUEST_DEADLINE_EXCEEDED and REQUEST_CANCELLED. A call given up may still spend its permits.
 */
export class RedisRateLimitStorage extends SharedRateLimitStorage {
  private client;
  private readonly namespace: string;
  private isClosed = false;

  constructor(private readonly options: RedisRateLimitOptions) {
    super();
    this.namespace = options.namespace ?? 'acervo:limit:';
    this.client = newClient(options.url);
  }

  /** Resolves once connected; until then and after, connecting goes on by itself. Rejects when `context` ends first. */
  async connect(context: CallContext): Promise<void> {
    await untilEnded(this.open(), context);
  }

  override async take(limits: readonly RateLimit[], context: CallContext): Promise<RateLimitDecision> {
    assertLimits(limits);
    throwIfEnded(context);
    const call = {
      keys: limits.map(({ key }) => this.namespace + key),
      arguments: [
        this.options.now === undefined ? '' : String(Math.round(this.options.now() * 1_000)),
        ...limits.flatMap(({ limit, windowMs, weight }) => [limit, windowMs * 1_000, weight].map(String)),
      ],
    };
    return readDecision(await untilEnded(this.run(call), context), limits.length);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.take([PROBE], context);
  }

  override recover(): void {
    if (this.isClosed) return;
    this.destroy();
    this.client = newClient(this.options.url);
    this.open().catch(() => undefined);
  }

  /** Does not wait for answers: a decision that is under way then is nobody's any more. */
  override async close(): Promise<void> {
    this.isClosed = true;
    this.destroy();
    await Promise.resolve();
  }

  private async open(): Promise<void> {
    await this.client.connect();
  }

  private destroy(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  private async run(call: { keys: string[]; arguments: string[] }): Promise<unknown> {
    const { client } = this;
    try {
      return await client.evalSha(takeScriptSha, call);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await client.eval(takeScript, call);
    }
  }
}

function readDecision(reply: unknown, count: number): RateLimitDecision {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 1 + 3 * count || numbers.some(Number.isNaN))
    throw new Error('Redis answered the script of the limits with something else than its numbers.');
  const perLimit = Array.from({ length: count }, (_, nth): LimitState => {
    const [remaining = 0, resetUs = 0, retryUs = 0] = numbers.slice(1 + 3 * nth);
    return { remaining, resetMs: resetUs / 1_000, retryAfterMs: retryUs < 0 ? Infinity : retryUs / 1_000 };
  });
  return { isAllowed: numbers[0] === 1, perLimit };
}
