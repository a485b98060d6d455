import { DomainError, endedError, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

/** Nothing was sent: another host may be asked. */
const unconnected = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'CONNECT_TIMEOUT'],
  // It starts, stops or recovers; it is not the primary.
  ...['57P03', 'CONNECTION_DESTROYED'],
]);
const lost = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED'],
  // Shut down by its operator, crashed, dropped, written to a standby.
  ...['57P01', '57P02', '57P04', '57P05', '25006'],
]);
/** Serialisation, deadlock, lock timeout, too many connections, out of memory. */
const busy = new Set(['40001', '40P01', '55P03', '53300', '53200', '53400']);

export function isUnconnected(error: unknown): boolean {
  return unconnected.has(codeOf(error));
}

/** The connection is gone, or goes: nothing may be written to it any more. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  return isUnconnected(error) || (lost.has(code) && code !== '25006') || code.startsWith('08') || isSilence(error);
}

/**
 * What a caller may do about an error of Postgres: STORE_UNAVAILABLE (no connection, lost, restarting, busy, too slow,
 * refused: retryable), STORE_DISK_FULL, or why the context ended. Errors of statements that are wrong stay as they are.
 */
export function translatePostgresError(error: unknown, context: CallContext): unknown {
  if (error instanceof DomainError) return error;
  const code = codeOf(error);
  if (code === '57014') {
    if (context.signal.aborted) return endedError(context);
    return fail('STORE_UNAVAILABLE', 'The database took too long: look at its load, then retry.', {}, error);
  }
  if (code === '53100') return fail('STORE_DISK_FULL', 'The disk of the database is full.', {}, error);
  if (busy.has(code)) return fail('STORE_UNAVAILABLE', 'The database is busy: retry.', { sqlState: code }, error);
  if (/^(28|3D)/.test(code))
    return fail('STORE_UNAVAILABLE', 'The database refused the account: check DATABASE_URL.', {}, error);
  if (isLost(error) || lost.has(code))
    return fail('STORE_UNAVAILABLE', 'The database does not answer: check DATABASE_URL and that it runs.', {}, error);
  return error;
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('The database has been silent');
}

/** SQLSTATE, or the name of a failure of the connection. */
function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
