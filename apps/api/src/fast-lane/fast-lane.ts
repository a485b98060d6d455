/**
 * In front of the router: answers a request whose raw bytes were answered from the cache before, refuses one whose client
 * is over its limit or that would wait in vain, and nothing else.
 *
 * The router is the authority. Its answer is remembered under the raw bytes of the request that led to it, with the
 * headers it had; the lane repeats it as long as the collection has the same generation and the cache holds the same
 * answer, fresh, and takes the same permit for it as the router would. In every other case the router gets the request
 * as if nobody had looked at it.
 * test/e2e/fast-lane compares both, header by header and byte by byte.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

import {
  bodyIn,
  cacheStatus,
  MemoryTier,
  type BodyOrigin,
  type CachedBody,
  type CacheStats,
  type ClearableCache,
  type Generations,
  type TieredCache,
} from '@acervo/cache';
import { holdsScope, loggedClient, type Client, type Identification } from '@acervo/identity';
import { DomainError, type CallContext } from '@acervo/kernel';
import { overloaded, rememberTaken, type Admission, type LimitOutcome, type RequestLimiter } from '@acervo/throttle';
import { traceIds } from '@acervo/tracing';

import { rememberArrival, requestIdOf, totalTiming } from '../request-context';
import { HeaderPlan } from './header-plan';
import { isJsonObject } from './is-json-object';
import { KnownRefusals } from './known-refusals';
import { readRawRequest, type RawRequest } from './raw-request';
import { shedInRouter } from './shed-request';
import { whenComplete } from './when-complete';

export interface FastLaneOptions {
  readonly generations: Pick<Generations, 'peek'>;
  readonly answers: Pick<TieredCache, 'hit'>;
  readonly identification: Pick<Identification, 'identify'>;
  readonly limiter: Pick<RequestLimiter, 'take' | 'knownRefusal' | 'countRefusal'>;
  /** To the router: whoever waits for a search waits here, where it costs next to nothing. */
  readonly doorway: Pick<Admission, 'refusesFor' | 'run' | 'load'>;
  /** Deadline of a request. */
  readonly timeoutMs: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Longer answers the router compresses. */
  readonly compressFromBytes: number;
  readonly logger: Logger;
}

const cacheSlots = ['X-Request-Id', 'Server-Timing', 'Cache-Status', 'Content-Length'] as const;
const limitedSlots = [...cacheSlots, 'RateLimit-Policy', 'RateLimit'] as const;

interface Repeatable extends BodyOrigin {
  readonly headers: HeaderPlan<(typeof limitedSlots)[number]>;
  readonly isLimited: boolean;
}

interface Hit {
  readonly entry: Repeatable;
  readonly bytes: Uint8Array;
  readonly freshUntilMs: number;
}

/** A request on its way through the lane. */
interface Visit {
  readonly raw: RawRequest;
  readonly key: string;
  /** Taken out of the request; null when it has none. */
  readonly body: Buffer | null;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
  readonly next: () => void;
}

const rawKey = Symbol('raw key');

interface Seen {
  [rawKey]?: string;
}

/** Objects of an entry, beside its texts. */
const entryOverheadBytes = 1_000;

/** A storage of limits that is elsewhere has a time limit of its own; in memory none is needed. */
const unhurried: CallContext = { signal: new AbortController().signal, deadlineMs: Infinity };

export class FastLane implements ClearableCache {
  private readonly known: MemoryTier<Repeatable>;
  private readonly refusals: KnownRefusals;
  private readonly overloads: KnownRefusals;
  private readonly logger: Logger;
  /** Keys of what is in the router by way of the doorway, which bounds them. */
  private readonly underWay = new Set<string>();
  private hits = 0;
  private misses = 0;
  private shedHere = 0;

  constructor(private readonly options: FastLaneOptions) {
    const { maxEntries, maxBytes, compressFromBytes, logger } = options;
    // Its lines hold no headers: there is nothing to look for.
    this.logger = logger.child({}, { redact: [] });
    this.known = new MemoryTier({ maxEntries, maxBytes });
    this.refusals = new KnownRefusals(429, compressFromBytes);
    this.overloads = new KnownRefusals(503, compressFromBytes);
  }

  /** Answers, or calls `next` with the request untouched: in the next turn, or as soon as the body is there. */
  handle(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const startedMs = performance.now();
    const raw = readRawRequest(request);
    if (raw === undefined) {
      next();
      return;
    }
    whenComplete(request, () => {
      if (!request.complete) {
        this.logLeft(raw, request, startedMs);
        return;
      }
      const body = request.method === 'POST' ? (request.read() as Buffer | null) : null;
      const key = body === null ? raw.head : raw.head + body.toString('latin1');
      this.visit({ raw, key, body, request, response, startedMs, next });
    });
  }

  /** To be called when the router has sent `body`. */
  remember(request: IncomingMessage, response: ServerResponse, { status, origin }: CachedBody): void {
    const key = (request as Seen)[rawKey];
    if (key === undefined || origin === undefined || status !== 200) return;
    const isLimited = response.hasHeader('RateLimit');
    const headers = HeaderPlan.of(response, isLimited ? limitedSlots : cacheSlots);
    if (headers === undefined) return;
    this.known.set(key, { ...origin, headers, isLimited }, headers.bytes + entryOverheadBytes, Infinity);
  }

  /** Hits are answers of the lane, misses requests that it might have answered. */
  stats(): Promise<CacheStats> {
    const { hits, misses } = this;
    const memory = this.known.stats();
    const hitRatio = hits / Math.max(1, hits + misses);
    return Promise.resolve({
      ...{ hits, misses, hitRatio, coalesced: 0, staleServed: 0, refreshes: 0, failedRefreshes: 0 },
      unreadable: { foreign: 0, newer: 0, damaged: 0 },
      memory: { ...memory, hitRatio: memory.hits / Math.max(1, memory.hits + memory.misses) },
      tiers: [],
    });
  }

  /** In front of the router: who waits there, and how many were told to come back later since the start. */
  get door(): { readonly waiting: number; readonly shed: number } {
    return { waiting: this.options.doorway.load.waiting, shed: this.shedHere };
  }

  clear(): Promise<void> {
    this.known.clear();
    return Promise.resolve();
  }

  private visit(visit: Visit): void {
    const client = this.clientOf(visit.request);
    if (client === undefined) {
      this.pass(visit);
      return;
    }
    const limited = { limit: 'search', weight: 1, client, route: '' } as const;
    const entry = this.known.get(visit.key);
    const hit = entry && this.hitOf(visit.key, entry);
    if (hit === undefined) {
      const refusal = this.options.limiter.knownRefusal(limited);
      if (refusal !== undefined) {
        if (isWellFormed(visit) && this.refuse(refusal, visit)) this.options.limiter.countRefusal(limited.limit);
        else this.pass(visit);
        return;
      }
      // Of what is known the router may have an older answer to give.
      const isInVain = entry === undefined && this.waitOf(visit, client) > 0 && isWellFormed(visit);
      if (!isInVain) {
        this.admit(visit, client);
        return;
      }
    }
    const outcome = this.options.limiter.take(limited, unhurried);
    if (!(outcome instanceof Promise)) {
      this.conclude(outcome, hit, visit, client);
      return;
    }
    void this.concludeLater(outcome, visit, client);
  }

  private async concludeLater(outcome: Promise<LimitOutcome>, visit: Visit, client: Client): Promise<void> {
    const { raw, body, request, startedMs } = visit;
    // A request whose body was read to its end would end meanwhile, and the router could not have it any more.
    if (body !== null) request.unshift(body);
    const decided = await outcome.catch(() => undefined);
    if (request.socket.destroyed) {
      this.logLeft(raw, request, startedMs);
      return;
    }
    if (body !== null) request.read();
    // The router meets the same failure, and says so. The collection may have changed as well.
    if (decided === undefined) {
      this.pass(visit);
      return;
    }
    const entry = this.known.get(visit.key);
    this.conclude(decided, entry && this.hitOf(visit.key, entry), visit, client);
  }

  private conclude(outcome: LimitOutcome, hit: Hit | undefined, visit: Visit, client: Client): void {
    if (outcome.refusal !== undefined) {
      if (this.refuse(outcome, visit)) return;
    } else if (hit === undefined) {
      const retryAfterSeconds = this.waitOf(visit, client);
      if (retryAfterSeconds > 0) {
        this.shed(outcome, visit, retryAfterSeconds);
        return;
      }
    } else if (this.repeat(hit, outcome, visit)) return;
    rememberTaken(visit.request, outcome);
    if (outcome.refusal === undefined) this.admit(visit, client);
    else this.pass(visit);
  }

  /** To the router when there is room. What equals a request that is there already is computed with it. */
  private admit(visit: Visit, client: Client): void {
    if (this.underWay.has(visit.key)) this.pass(visit);
    else void this.passInTurn(visit, client);
  }

  private async passInTurn(visit: Visit, client: Client): Promise<void> {
    const { raw, key, body, request, response, startedMs } = visit;
    const left = new AbortController();
    const isOver = new Promise<void>((resolve) => {
      response.once('finish', resolve).once('close', () => {
        left.abort();
        resolve();
      });
    });
    const context = { signal: left.signal, deadlineMs: startedMs + this.options.timeoutMs, client: client.id };
    rememberArrival(request, startedMs);
    const state = { isPassed: false };
    // As in `concludeLater`: whoever waits has its body.
    if (body !== null) request.unshift(body);
    const pass = (): void => {
      state.isPassed = true;
      if (body !== null) request.read();
      this.pass(visit);
    };
    try {
      await this.options.doorway.run('search', context, async () => {
        this.underWay.add(key);
        pass();
        await isOver;
        this.underWay.delete(key);
      });
    } catch (error) {
      if (state.isPassed) throw error;
      // The router says that the deadline has passed, or that the server stops.
      if (request.socket.destroyed) this.logLeft(raw, request, startedMs);
      else pass();
    }
  }

  /** Hands the request to the router, untouched. */
  private pass({ raw, key, body, request, response, next }: Visit): void {
    if (body !== null) request.unshift(body);
    (request as Seen)[rawKey] = key;
    this.misses += 1;
    this.refusals.watch(raw.origin, response);
    next();
  }

  /** Undefined of a client that the router has to refuse. */
  private clientOf(request: IncomingMessage): Client | undefined {
    try {
      const client = this.options.identification.identify(request);
      return holdsScope(client, 'search') ? client : undefined;
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }

  /** Seconds after which to come back; 0 when the router would take it. */
  private waitOf({ key }: Visit, client: Client): number {
    if (this.underWay.has(key)) return 0;
    return this.options.doorway.refusesFor('search', client.id, this.options.timeoutMs);
  }

  private hitOf(key: string, entry: Repeatable): Hit | undefined {
    const state = this.options.generations.peek(entry.collection);
    if (state === undefined) return undefined;
    if (state.generation !== entry.state.generation || state.createdAt !== entry.state.createdAt) {
      this.known.delete(key);
      return undefined;
    }
    const answer = this.options.answers.hit(entry.key);
    const bytes = answer && bodyIn(answer.value, entry.coding);
    if (answer === undefined || bytes === undefined) return undefined;
    return { entry, bytes, freshUntilMs: answer.freshUntilMs };
  }

  private repeat({ entry, bytes, freshUntilMs }: Hit, { policy, state }: LimitOutcome, visit: Visit): boolean {
    if (entry.isLimited !== (policy !== '')) return false;
    const { raw, request, response, startedMs } = visit;
    const id = requestIdOf(raw.requestId);
    const headers = entry.headers.fill({
      'X-Request-Id': id,
      'Server-Timing': totalTiming(startedMs),
      'Cache-Status': cacheStatus({ status: 'hit', tier: 'memory', freshForMs: freshUntilMs - Date.now() }),
      'Content-Length': String(bytes.byteLength),
      'RateLimit-Policy': policy,
      RateLimit: state,
    });
    this.hits += 1;
    response.writeHead(200, headers);
    response.end(bytes);
    if (this.logger.isLevelEnabled('info')) this.logger.info(lineOf(id, request, 200, startedMs), 'request completed');
    return true;
  }

  private refuse(limit: LimitOutcome, { raw, request, response, startedMs }: Visit): boolean {
    const { error, retryAfterSeconds } = limit.refusal ?? {};
    if (error === undefined || retryAfterSeconds === undefined) return false;
    const id = requestIdOf(raw.requestId);
    const refused = { request, response, id, startedMs };
    if (!this.refusals.send(raw.origin, { error, retryAfterSeconds, limit }, refused)) return false;
    if (this.logger.isLevelEnabled('warn')) this.logger.warn(lineOf(id, request, 429, startedMs), 'request completed');
    return true;
  }

  private shed(limit: LimitOutcome, visit: Visit, retryAfterSeconds: number): void {
    const { raw, request, response, startedMs } = visit;
    const id = requestIdOf(raw.requestId);
    const error = overloaded(retryAfterSeconds);
    this.shedHere += 1;
    if (this.overloads.send(raw.origin, { error, retryAfterSeconds, limit }, { request, response, id, startedMs })) {
      const line = lineOf(id, request, 503, startedMs);
      if (this.logger.isLevelEnabled('error')) this.logger.error(line, 'request errored');
      return;
    }
    shedInRouter(request, { error, limit });
    this.overloads.watch(raw.origin, response);
    this.pass(visit);
  }

  /** The client went away before its body was there: nobody is left to be answered. */
  private logLeft({ requestId }: RawRequest, request: IncomingMessage, startedMs: number): void {
    this.logger.warn(lineOf(requestIdOf(requestId), request, 499, startedMs), 'request aborted');
  }
}

/** What the router would refuse for another reason before it asks for limits and room is the router's. */
function isWellFormed({ body }: Visit): boolean {
  return body === null || isJsonObject(body);
}

/** The line that the router writes. */
function lineOf(id: string, request: IncomingMessage, status: number, startedMs: number): object {
  const { method, url } = request;
  const responseTime = Math.round(performance.now() - startedMs);
  return { req: { id, method, url }, ...loggedClient(request), res: { status }, responseTime, ...traceIds(request) };
}
