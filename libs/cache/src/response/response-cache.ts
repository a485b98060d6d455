/**
 * Answers of routes as bytes: looked up by what they were made from, in the coding that the client takes, with the
 * headers that tell other caches what they may do with them.
 */
import type { IncomingHttpHeaders } from 'node:http';

import { SingleFlight, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { cacheKey, cachePrefix } from '../cache-key';
import type { CacheStats } from '../cache-stats';
import type { Lifetime } from '../lifetime';
import type { CacheAnswer, Computed, TieredCache } from '../tiered-cache';

import { bypassStatus, cacheStatus, requestedStatus, unchangedStatus } from './cache-status';
import { CachedBody } from './cached-body';
import { chooseCoding, encode, type ContentCoding } from './coding';
import { entityTag, matchingTag } from './entity-tag';
import type { CollectionState, Generations } from './generations';
import { bodyIn, packBodies, withBody } from './packed-body';
import { requestDirectives } from './request-directives';
import type { CacheSubject, ResponseCachePolicy } from './response-cache-policy';

export interface ResponseCacheOptions {
  /** Undefined: nothing is kept; entity tags and 304 work all the same. */
  readonly cache: TieredCache | undefined;
  readonly generations: Generations;
  readonly lifetime: Lifetime;
  /** Undefined: never. */
  readonly compressFromBytes: number | undefined;
  /** `s-maxage` and `stale-while-revalidate` of GET answers. */
  readonly sharedMaxAgeSeconds: number;
  readonly edgeStaleSeconds: number;
}

export interface CachedCall {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly subject: CacheSubject;
  /** Of the collection when the request came. */
  readonly state: CollectionState;
  readonly context: CallContext;
  readonly compute: (context: CallContext) => Promise<unknown>;
  readonly keep: (answer: unknown) => NonNullable<Computed['keep']>;
}

/** A value, and what to tell about it. */
interface Found {
  readonly packed: Buffer;
  readonly status: string;
  /** It may be named by its tag. */
  readonly isWhole: boolean;
  readonly isKept: boolean;
}

/** In the order of the subjects. */
export interface AnswerLookUp<Answer> {
  /** Undefined: to be computed. Fresh ones only. */
  readonly answers: readonly (Answer | undefined)[];
  readonly keep: (nth: number, answer: Answer) => void;
}

const answerTag = 'answer';

export class ResponseCache {
  private readonly encodings = new SingleFlight<Buffer>();

  constructor(private readonly options: ResponseCacheOptions) {}

  /** Undefined: no such collection, or nobody can say; the handler finds out which. */
  async stateOf(collection: string, context: CallContext): Promise<CollectionState | undefined> {
    const { generations } = this.options;
    try {
      return generations.peek(collection) ?? (await generations.find(collection, context));
    } catch {
      return undefined;
    }
  }

  /** The name of a collection in the store holds its tenant: no two tenants share an answer. */
  keyOf({ kind, collection, fields }: CacheSubject, { generation, createdAt }: CollectionState): string {
    return cacheKey(answerTag, [collection, kind, generation, createdAt, ...fields], [collection]);
  }

  /** Request headers that decide on the answer's bytes or on who may see it. */
  varyFor(method: string): string {
    return isRead(method) ? 'Accept-Encoding, Authorization, X-API-Key' : 'Accept-Encoding';
  }

  /** Errors: those of `compute`, CACHE_ONLY_MISS, REQUEST_CANCELLED, REQUEST_DEADLINE_EXCEEDED. */
  async answer(call: CachedCall): Promise<CachedBody> {
    const { subject, state, headers } = call;
    const key = this.keyOf(subject, state);
    const wanted = this.options.compressFromBytes === undefined ? 'identity' : chooseCoding(headers['accept-encoding']);
    // Comparing with the state of the collection is the validation that `no-cache` asks for; `fetch` adds it by itself.
    if (isRead(call.method) && !requestDirectives(headers).noStore) {
      const unchanged = matchingTag(headers['if-none-match'], key, wanted);
      if (unchanged !== undefined) return this.notModified(call, unchanged, unchangedStatus);
    }
    const found = await this.find(call, key);
    const { bytes, coding } = await this.inCoding(key, found, wanted, call.context);
    const status = { 'Cache-Status': found.status };
    const encoding = coding === 'identity' ? {} : { 'Content-Encoding': coding };
    const type = { 'Content-Type': 'application/json; charset=utf-8' };
    if (!found.isWhole) {
      const control = isRead(call.method) ? { 'Cache-Control': 'no-store' } : {};
      return new CachedBody(200, { ...type, ...encoding, ...control, ...status }, bytes);
    }
    const { collection } = subject;
    const origin = found.isKept ? { key, collection, state, coding } : undefined;
    if (!isRead(call.method)) return new CachedBody(200, { ...type, ...encoding, ...status }, bytes, origin);
    const tag = entityTag(key, coding);
    const unchanged = matchingTag(headers['if-none-match'], key, coding);
    if (unchanged !== undefined) return this.notModified(call, unchanged, found.status);
    const control = this.controlHeaders(call);
    return new CachedBody(200, { ...type, ...encoding, ETag: tag, ...control, ...status }, bytes, origin);
  }

  /**
   * What is kept of several answers: one look-up for each tier. `keep` stores what was computed instead, unless the
   * collection changed meanwhile or the client asked for `no-store`.
   */
  async lookUp<Answer>(
    subjects: readonly CacheSubject[],
    policy: ResponseCachePolicy,
    headers: Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>,
    context: CallContext,
  ): Promise<AnswerLookUp<Answer> | undefined> {
    const { cache, lifetime } = this.options;
    const { noCache, noStore } = requestDirectives(headers);
    if (cache === undefined || noStore) return undefined;
    const since = cache.mark();
    const names = [...new Set(subjects.map(({ collection }) => collection))];
    const states = new Map(
      await Promise.all(names.map(async (name) => [name, await this.stateOf(name, context)] as const)),
    );
    const places = subjects.map((subject) => {
      const state = states.get(subject.collection);
      return state && { key: this.keyOf(subject, state), generation: state.generation };
    });
    const keys = noCache ? [] : places.flatMap((place) => (place === undefined ? [] : [place.key]));
    const entries = keys.length === 0 ? [] : await cache.getMany(keys, context);
    const found = new Map(keys.map((key, nth) => [key, entries[nth]]));
    return {
      answers: places.map((place) => {
        const entry = place && found.get(place.key);
        const json = entry && bodyIn(entry.value, 'identity');
        return json && (JSON.parse(json.toString()) as Answer);
      }),
      keep: (nth, answer) => {
        const place = places[nth];
        if (place === undefined || policy.keep(answer, place.generation) !== 'yes') return;
        const value = packBodies({ identity: Buffer.from(JSON.stringify(answer)) });
        cache.setMany([{ key: place.key, value }], lifetime, { since });
      },
    };
  }

  /** Removes the answers of one collection, or all. Rejects when a tier could not; memory is rid of them in any case. */
  async clear(collection?: string): Promise<void> {
    await this.options.cache?.clear(answerPrefix(collection));
  }

  /** Undefined: it is switched off. */
  async stats(): Promise<CacheStats | undefined> {
    return await this.options.cache?.stats();
  }

  private async find(call: CachedCall, key: string): Promise<Found> {
    const { cache, lifetime } = this.options;
    const { noCache, noStore, onlyIfCached } = requestDirectives(call.headers);
    const compute = async (context: CallContext): Promise<Computed & { keep: NonNullable<Computed['keep']> }> => {
      const answer = await call.compute(context);
      return { value: packBodies({ identity: Buffer.from(JSON.stringify(answer)) }), keep: call.keep(answer) };
    };
    if (onlyIfCached) return await this.findOnly(call, key, noCache || noStore);
    if (cache === undefined || noStore) {
      const { value, keep } = await compute(call.context);
      return { packed: value, status: bypassStatus, isWhole: keep !== 'no', isKept: false };
    }
    const answer = await cache.getOrCompute(key, call.context, lifetime, compute, { mustCompute: noCache });
    const isWhole = answer.freshForMs !== undefined;
    return { packed: answer.value, status: this.statusOf(answer, noCache), isWhole, isKept: isWhole };
  }

  private async findOnly(call: CachedCall, key: string, mustNotLook: boolean): Promise<Found> {
    const [entry] = mustNotLook ? [] : ((await this.options.cache?.getMany([key], call.context)) ?? []);
    if (entry === undefined) throw fail('CACHE_ONLY_MISS');
    const { value, tier, freshUntilMs } = entry;
    const status = cacheStatus({ status: 'hit', tier, freshForMs: freshUntilMs - Date.now() });
    return { packed: value, status, isWhole: true, isKept: true };
  }

  private statusOf(answer: CacheAnswer, noCache: boolean): string {
    if (!noCache) return cacheStatus(answer);
    return answer.freshForMs === undefined
      ? requestedStatus
      : `${requestedStatus}; stored; ttl=${Math.floor(answer.freshForMs / 1_000)}`;
  }

  private async inCoding(
    key: string,
    { packed, isKept }: Found,
    wanted: ContentCoding,
    context: CallContext,
  ): Promise<{ readonly bytes: Buffer; readonly coding: ContentCoding }> {
    const identity = bodyIn(packed, 'identity') ?? Buffer.alloc(0);
    const { compressFromBytes = Infinity } = this.options;
    if (wanted === 'identity' || identity.byteLength < compressFromBytes)
      return { bytes: identity, coding: 'identity' };
    const made = bodyIn(packed, wanted);
    if (made !== undefined) return { bytes: made, coding: wanted };
    if (!isKept) return { bytes: await encode(identity, wanted), coding: wanted };
    const { value } = await this.encodings.run(`${wanted}:${key}`, context, async () => {
      const bytes = await encode(identity, wanted);
      this.options.cache?.amend(key, (current) => {
        const isSame = bodyIn(current, 'identity')?.equals(identity) === true;
        return isSame ? withBody(current, wanted, bytes) : undefined;
      });
      return bytes;
    });
    return { bytes: value, coding: wanted };
  }

  private notModified(call: CachedCall, tag: string, status: string): CachedBody {
    return new CachedBody(304, { ETag: tag, ...this.controlHeaders(call), 'Cache-Status': status }, undefined);
  }

  /** A client asks each time and gets 304; a CDN may use an answer for a moment, and is told what it belongs to. */
  private controlHeaders({ headers, subject }: CachedCall): Record<string, string> {
    const { sharedMaxAgeSeconds, edgeStaleSeconds } = this.options;
    if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) {
      return { 'Cache-Control': 'private, max-age=0, must-revalidate' };
    }
    const stale = `stale-while-revalidate=${edgeStaleSeconds}`;
    const keys = ['acervo', `collection-${subject.collection}`];
    return {
      'Cache-Control': `public, max-age=0, must-revalidate, s-maxage=${sharedMaxAgeSeconds}, ${stale}`,
      'CDN-Cache-Control': `max-age=${sharedMaxAgeSeconds}, ${stale}`,
      'Surrogate-Key': keys.join(' '),
      'Cache-Tag': keys.join(','),
    };
  }
}

/** What the keys of the answers of one collection, or of all, start with. */
export function answerPrefix(collection?: string): string {
  return cachePrefix(answerTag, collection === undefined ? undefined : [collection]);
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
