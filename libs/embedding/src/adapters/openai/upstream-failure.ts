import { APIConnectionError, APIError } from 'openai';

import { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

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

const MAX_QUOTED_LENGTH = 300;
/** A server may ask for no longer pause than this. */
const MAX_RETRY_AFTER_MS = 60_000;

export function timeoutFailure(timeoutMs: number): UpstreamFailure {
  const detail = `The embedding server gave no whole answer within ${timeoutMs} ms; retry later.`;
  return new UpstreamFailure(fail('EMBEDDING_UPSTREAM_TIMEOUT', detail), true, true);
}

/** Sorts what the client threw. `secret` is cut out of everything that is quoted. */
export function toUpstreamFailure(error: unknown, secret: string): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  // An answer that came whole but makes no sense: wrong dimensions stay wrong, anything else may pass.
  if (error instanceof DomainError) {
    const isRetryable = error.code === 'EMBEDDING_UPSTREAM_FAILED';
    return new UpstreamFailure(error, isRetryable, isRetryable);
  }
  const quoted = quote(error, secret);
  if (error instanceof APIError && typeof error.status === 'number') {
    return fromStatus(error.status, error.code ?? undefined, error.headers as Headers | undefined, quoted);
  }
  const reached = error instanceof APIConnectionError ? 'cannot be reached' : 'broke off or gave no valid JSON';
  const detail = `The embedding server ${reached}; check OPENAI_BASE_URL and the network.`;
  return new UpstreamFailure(fail('EMBEDDING_UPSTREAM_FAILED', detail, {}, new Error(quoted)), true, true);
}

function fromStatus(
  status: number,
  code: string | undefined,
  headers: Headers | undefined,
  quoted: string,
): UpstreamFailure {
  const retryAfterMs = readRetryAfterMs(headers);
  const params = {
    upstreamStatus: status,
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  };
  const detail = `The embedding server answered ${status}: ${quoted} ${remedy(status)}`;
  const isOutage = status >= 500;
  const isRetryable = isOutage || status === 408 || status === 409 || (status === 429 && code !== 'insufficient_quota');
  return new UpstreamFailure(fail('EMBEDDING_UPSTREAM_FAILED', detail, params), isRetryable, isOutage, retryAfterMs);
}

function remedy(status: number): string {
  if (status === 401 || status === 403) return 'Check OPENAI_API_KEY.';
  if (status === 404) return 'Check OPENAI_BASE_URL and the model name.';
  if (status === 429) return 'Wait, or raise the quota.';
  return status >= 500 ? 'Retry later.' : 'Check the model name and the length of the texts.';
}

function quote(error: unknown, secret: string): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const message = (error instanceof Error ? error.message : String(error)) + cause;
  const clean = secret === '' ? message : message.replaceAll(secret, '[redacted]');
  return `“${clean.slice(0, MAX_QUOTED_LENGTH)}”`;
}

/** RFC 9110 10.2.3: seconds or a date; `retry-after-ms` is OpenAI's own, finer form. */
function readRetryAfterMs(headers: Headers | undefined): number | undefined {
  const exactMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  const value = headers?.get('retry-after') ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  const ms = Number.isNaN(exactMs) ? seconds * 1000 : exactMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
