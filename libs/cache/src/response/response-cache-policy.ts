import type { KeyField } from '../cache-key';
import type { Computed } from '../tiered-cache';

/** What a request asks for, in a form in which equal requests are equal. */
export interface CacheSubject {
  /** Of answer: routes that give the same answers share one. */
  readonly kind: string;
  /** Its name in the store: that of its tenant is part of it. */
  readonly collection: string;
  /** Everything else that decides on the answer: canonical request, model, options. */
  readonly fields: readonly KeyField[];
}

/** The parts of a request that a policy may look at; nothing of it has been checked yet. */
export interface UncheckedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: unknown;
  readonly body?: unknown;
}

/** Port: says of the answers of a route what they depend on and which may be kept. */
export abstract class ResponseCachePolicy {
  /** Undefined: not for the cache, such as an invalid request, or one for what the client may not see. Interceptors run before pipes: never throws. */
  abstract subject(request: UncheckedRequest): CacheSubject | undefined;
  /**
   * `no` for partial answers: they are handed out and never kept.
   *
   * @param generation of the collection when the subject was looked at
   */
  abstract keep(answer: unknown, generation: number): NonNullable<Computed['keep']>;
}
