import { DomainError } from '@acervo/kernel';
import { catalogue, isProblemCode } from '@acervo/problem';

import type { CacheEntry } from './cache-entry';

/** How long values of one kind live. All in ms. */
export interface Lifetime {
  readonly freshMs: number;
  /** After `freshMs`: served at once while a new value is made in the background. Default 0. */
  readonly staleWhileRevalidateMs?: number;
  /** After `freshMs`: served when making a new value fails for a reason that may pass. Default 0. */
  readonly staleIfErrorMs?: number;
  /** Of values that say that there is nothing. Default: a tenth of `freshMs`, at most 30 s; never stale. */
  readonly negativeMs?: number;
  /** Refreshes popular values shortly before they expire (XFetch); 0 switches it off. Default 1. */
  readonly earlyRefresh?: number;
}

export type Freshness = 'fresh' | 'early' | 'revalidate' | 'if-error' | 'expired';

const MAX_NEGATIVE_MS = 30_000;

/**
 * What may be done with `entry` now. `early`: fresh, but this caller was drawn to refresh it, with a probability that
 * grows as expiry comes closer and with the cost of computing.
 * Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015).
 *
 * @param random uniform in (0, 1)
 */
export function freshness(entry: CacheEntry, lifetime: Lifetime, nowMs: number, random: number): Freshness {
  if (nowMs < entry.freshUntilMs) {
    const lead = -Math.log(random) * entry.computeMs * (lifetime.earlyRefresh ?? 1);
    return nowMs + lead >= entry.freshUntilMs ? 'early' : 'fresh';
  }
  const staleMs = nowMs - entry.freshUntilMs;
  if (nowMs >= entry.staleUntilMs) return 'expired';
  if (staleMs < (lifetime.staleWhileRevalidateMs ?? 0)) return 'revalidate';
  return staleMs < (lifetime.staleIfErrorMs ?? 0) ? 'if-error' : 'expired';
}

/** The entry of a value that was just made. */
export function newEntry(
  value: Buffer,
  isNegative: boolean,
  lifetime: Lifetime,
  nowMs: number,
  computeMs: number,
): CacheEntry {
  const negativeMs = lifetime.negativeMs ?? Math.min(lifetime.freshMs / 10, MAX_NEGATIVE_MS);
  const freshUntilMs = nowMs + (isNegative ? negativeMs : lifetime.freshMs);
  const staleMs = isNegative ? 0 : Math.max(lifetime.staleWhileRevalidateMs ?? 0, lifetime.staleIfErrorMs ?? 0);
  return { value, createdMs: nowMs, freshUntilMs, staleUntilMs: freshUntilMs + staleMs, computeMs, isNegative };
}

/** Something behind us failed, rather than the request: an older answer is better than none. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof DomainError)) return true;
  if (error.code === 'REQUEST_CANCELLED' || !isProblemCode(error.code)) return false;
  const { status, retryable }: { status: number; retryable?: true } = catalogue[error.code];
  return retryable === true && status >= 500;
}
