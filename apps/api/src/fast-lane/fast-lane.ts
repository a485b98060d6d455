/**
 * In front of the router: answers a request whose raw bytes were answered from the cache before, and nothing else.
 *
 * The router is the authority. Its answer is remembered under the raw bytes of the request that led to it, with the
 * headers it had; the lane repeats it as long as the collection has the same generation and the cache holds the same
 * answer, fresh. In every other case the router gets the request as if nobody had looked at it.
 * test/e2e/fast-lane.e2e-spec.ts compares both, header by header and byte by byte.
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

import { requestIdOf, totalTiming } from '../request-context';
import { HeaderPlan } from './header-plan';
import { readRawRequest, type RawRequest } from './raw-request';
import { whenComplete } from './when-complete';

export interface FastLaneOptions {
  readonly generations: Pick<Generations, 'peek'>;
  readonly answers: Pick<TieredCache, 'hit'>;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly logger: Logger;
}

interface Repeatable extends BodyOrigin {
  readonly headers: HeaderPlan;
}

const rawKey = Symbol('raw key');

interface Seen {
  [rawKey]?: string;
}

/** Objects of an entry, beside its texts. */
const entryOverheadBytes = 1_000;

export class FastLane implements ClearableCache {
  private readonly known: MemoryTier<Repeatable>;
  private readonly logger: Logger;
  private hits = 0;
  private misses = 0;

  constructor(private readonly options: FastLaneOptions) {
    const { maxEntries, maxBytes, logger } = options;
    // Its lines hold no headers: there is nothing to look for.
    this.logger = logger.child({}, { redact: [] });
    this.known = new MemoryTier({ maxEntries, maxBytes });
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
      const body = request.read() as Buffer | null;
      const key = body === null ? raw.head : raw.head + body.toString('latin1');
      if (this.repeat(key, raw, request, response, startedMs)) return;
      if (body !== null) request.unshift(body);
      (request as Seen)[rawKey] = key;
      this.misses += 1;
      next();
    });
  }

  /** To be called when the router has sent `body`. */
  remember(request: IncomingMessage, response: ServerResponse, { status, origin }: CachedBody): void {
    const key = (request as Seen)[rawKey];
    if (key === undefined || origin === undefined || status !== 200) return;
    const headers = HeaderPlan.of(response);
    if (headers === undefined) return;
    this.known.set(key, { ...origin, headers }, headers.bytes + entryOverheadBytes, Infinity);
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

  clear(): Promise<void> {
    this.known.clear();
    return Promise.resolve();
  }

  private repeat(
    key: string,
    { requestId }: RawRequest,
    request: IncomingMessage,
    response: ServerResponse,
    startedMs: number,
  ): boolean {
    const entry = this.known.get(key);
    if (entry === undefined) return false;
    const state = this.options.generations.peek(entry.collection);
    if (state === undefined) return false;
    if (state.generation !== entry.state.generation || state.createdAt !== entry.state.createdAt) {
      this.known.delete(key);
      return false;
    }
    const answer = this.options.answers.hit(entry.key);
    const bytes = answer && bodyIn(answer.value, entry.coding);
    if (answer === undefined || bytes === undefined) return false;
    const id = requestIdOf(requestId);
    const headers = entry.headers.fill({
      'X-Request-Id': id,
      'Server-Timing': totalTiming(startedMs),
      'Cache-Status': cacheStatus({ status: 'hit', tier: 'memory', freshForMs: answer.freshUntilMs - Date.now() }),
      'Content-Length': String(bytes.byteLength),
    });
    this.hits += 1;
    response.writeHead(200, headers);
    response.end(bytes);
    this.log(id, request, startedMs);
    return true;
  }

  /** The line that the router writes. */
  private log(id: string, { method, url }: IncomingMessage, startedMs: number): void {
    if (!this.logger.isLevelEnabled('info')) return;
    const responseTime = Math.round(performance.now() - startedMs);
    this.logger.info({ req: { id, method, url }, res: { status: 200 }, responseTime }, 'request completed');
  }

  /** The client went away before its body was there: nobody is left to be answered. */
  private logLeft({ requestId }: RawRequest, { method, url }: IncomingMessage, startedMs: number): void {
    const req = { id: requestIdOf(requestId), method, url };
    const responseTime = Math.round(performance.now() - startedMs);
    this.logger.warn({ req, res: { status: 499 }, responseTime }, 'request aborted');
  }
}
