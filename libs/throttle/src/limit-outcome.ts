/** What a limit answered to a request, in the words of HTTP: draft-ietf-httpapi-ratelimit-headers and RFC 9110. */
import type { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { LimitState, RateLimit } from './rate-limit-storage';

export interface NamedLimit extends RateLimit {
  /** As clients know it: `search`. */
  readonly name: string;
}

export interface LimitRefusal {
  readonly error: DomainError;
  /** Undefined when waiting does not help: the request costs more than the whole limit. */
  readonly retryAfterSeconds: number | undefined;
}

export interface LimitOutcome {
  /** `RateLimit-Policy`: what holds, such as `"search";q=60;w=60`. Empty when nothing is limited. */
  readonly policy: string;
  /** `RateLimit`: what is left, such as `"search";r=59;t=60`. Empty when nothing is limited. */
  readonly state: string;
  /** Undefined when the request may go on. */
  readonly refusal: LimitRefusal | undefined;
}

export const unlimited: LimitOutcome = { policy: '', state: '', refusal: undefined };

export function outcomeOf(limits: readonly NamedLimit[], states: readonly LimitState[]): LimitOutcome {
  let policy = '';
  let state = '';
  let refusal: LimitRefusal | undefined;
  for (let nth = 0; nth < limits.length; nth += 1) {
    const limit = limits[nth];
    const left = states[nth];
    if (limit === undefined || left === undefined) continue;
    const separator = nth === 0 ? '' : ', ';
    policy += `${separator}"${limit.name}";q=${left.degradedLimit ?? limit.limit};w=${seconds(limit.windowMs)}`;
    if (left.degradedLimit !== undefined) policy += ';degraded';
    state += `${separator}"${limit.name}";r=${left.remaining};t=${seconds(left.resetMs)}`;
    // Of several the one that lasts longest: before, no request like this one passes.
    if (left.retryAfterMs > 0 && (refusal === undefined || isLater(left.retryAfterMs, refusal)))
      refusal = refuse(limit, left);
  }
  return { policy, state, refusal };
}

/** Writes the headers; on a refusal `Retry-After` as well, which is all that the caller has to do before it throws. */
export function writeLimitHeaders(
  response: { setHeader(name: string, value: string): unknown },
  { policy, state, refusal }: LimitOutcome,
): void {
  if (policy === '') return;
  response.setHeader('RateLimit-Policy', policy);
  response.setHeader('RateLimit', state);
  if (refusal?.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(refusal.retryAfterSeconds));
}

function refuse({ name, limit, windowMs, weight }: NamedLimit, state: LimitState): LimitRefusal {
  const most = state.degradedLimit ?? limit;
  const span = windowMs === 60_000 ? 'a minute' : `${seconds(windowMs)} s`;
  if (state.retryAfterMs === Infinity) {
    const detail = `This request costs ${weight} permits of the limit \`${name}\`, which has ${most} for ${span}: split it into requests of ${most} or fewer.`;
    return { error: fail('RATE_LIMIT_EXCEEDED', detail, { limit: name, weight, most }), retryAfterSeconds: undefined };
  }
  const retryAfterSeconds = seconds(state.retryAfterMs);
  const detail = `The limit \`${name}\` is ${most} for ${span}: send this again in ${retryAfterSeconds} s.`;
  return { error: fail('RATE_LIMIT_EXCEEDED', detail, { limit: name, retryAfterSeconds }), retryAfterSeconds };
}

function isLater(retryAfterMs: number, { retryAfterSeconds }: LimitRefusal): boolean {
  return retryAfterSeconds !== undefined && seconds(retryAfterMs) > retryAfterSeconds;
}

/** Rounded up, so that whoever waits that long has waited long enough; a millionth is the rounding of a sum of floats. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1_000 - 1e-6);
}
