/** What goes wrong with an OpenAI-compatible server, sorted once for all who ask one. */
import { APIConnectionError, APIError } from 'openai';

import { DomainError } from '@acervo/kernel';
import { fail, type ProblemCode } from '@acervo/problem';

/** What went wrong upstream, and what that means for the next attempt. */
export class UpstreamFailure extends Error {
  constructor(
    readonly error: DomainError,
    readonly isRetryable: boolean,
    /** The server is at fault (not the request, not a quota): counts towards opening the breaker. */
    readonly isOutage: boolean,
    /** The server asked for this pause. */
    readonly retryAfterMs?: number,
  ) {
    super(error.message, { cause: error });
  }
}

/** Who is asked, and how its failures are called in the catalogue. */
export interface UpstreamDescription {
  /** Begins sentences: `The embedding server`. */
  readonly name: string;
  readonly failed: ProblemCode;
  readonly timedOut: ProblemCode;
  /** For 429. */
  readonly overloaded: ProblemCode;
  /** What to check after a 400: `Check the model name.` */
  readonly badRequestRemedy: string;
  /** Cut out of everything that is quoted. */
  readonly secret: string;
}

const maxQuotedLength = 300;
/** A server may ask for no longer pause than this. */
const maxRetryAfterMs = 60_000;

export function timeoutFailure({ name, timedOut }: UpstreamDescription, what: string): UpstreamFailure {
  return new UpstreamFailure(fail(timedOut, `${name} ${what}; retry later.`), true, true);
}

/** Sorts what the client of the `openai` package, or the reading of its answer, threw. */
export function toUpstreamFailure(error: unknown, upstream: UpstreamDescription): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  // An answer that came whole but makes no sense: what is wrong with the set-up stays wrong, anything else may pass.
  if (error instanceof DomainError) {
    const isRetryable = error.code === upstream.failed;
    return new UpstreamFailure(error, isRetryable, isRetryable);
  }
  const quoted = quote(error, upstream.secret);
  if (error instanceof APIError && typeof error.status === 'number') {
    return fromStatus(error.status, error.code ?? undefined, error.headers as Headers | undefined, quoted, upstream);
  }
  const reached = error instanceof APIConnectionError ? 'cannot be reached' : 'broke off or gave no valid answer';
  const detail = `${upstream.name} ${reached}; check OPENAI_BASE_URL and the network.`;
  return new UpstreamFailure(fail(upstream.failed, detail, {}, new Error(quoted)), true, true);
}

function fromStatus(
  status: number,
  code: string | undefined,
  headers: Headers | undefined,
  quoted: string,
  upstream: UpstreamDescription,
): UpstreamFailure {
  const retryAfterMs = readRetryAfterMs(headers);
  const params = {
    upstreamStatus: status,
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  };
  const detail = `${upstream.name} answered ${status}: ${quoted} ${remedy(status, upstream)}`;
  const isOutage = status >= 500;
  const isOutOfMoney = code === 'insufficient_quota';
  const isRetryable = isOutage || status === 408 || status === 409 || (status === 429 && !isOutOfMoney);
  const isOverloaded = status === 429 && !isOutOfMoney;
  const error = fail(isOverloaded ? upstream.overloaded : upstream.failed, detail, params);
  return new UpstreamFailure(error, isRetryable, isOutage, retryAfterMs);
}

function remedy(status: number, { badRequestRemedy }: UpstreamDescription): string {
  if (status === 401 || status === 403) return 'Check OPENAI_API_KEY.';
  if (status === 404) return 'Check OPENAI_BASE_URL and the model name.';
  if (status === 429) return 'Wait, or raise the quota.';
  return status >= 500 ? 'Retry later.' : badRequestRemedy;
}

function quote(error: unknown, secret: string): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const message = (error instanceof Error ? error.message : String(error)) + cause;
  const clean = secret === '' ? message : message.replaceAll(secret, '[redacted]');
  return `“${clean.slice(0, maxQuotedLength)}”`;
}

/** RFC 9110 10.2.3: seconds or a date; `retry-after-ms` is OpenAI's own, finer form. */
function readRetryAfterMs(headers: Headers | undefined): number | undefined {
  const exactMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  const value = headers?.get('retry-after') ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  const ms = Number.isNaN(exactMs) ? seconds * 1000 : exactMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs);
}
