import { accessSync, constants } from 'node:fs';

import type { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

/**
 * By its shape: the native module knows one error class a process, which need not be the one of this import, nor
 * extend the `Error` of this realm.
 */
export function isSqliteError(error: unknown): error is Error & { readonly code: string } {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_');
}

/**
 * What SQLite says → what an operator can do about it. Errors of the domain pass; unknown ones pass too, as bugs.
 *
 * @param directory data folder, named in the message
 */
export function toStoreError(error: unknown, directory: string): unknown {
  if (!isSqliteError(error)) return error;
  const params = { directory, reason: error.code };
  if (
    error.code === 'SQLITE_FULL' ||
    (error.code.startsWith('SQLITE_IOERR') && /FSYNC|SHMSIZE|WRITE/.test(error.code))
  ) {
    const detail = `The volume of "${directory}" took no more bytes (${error.code}). Free space on it and try again; nothing was lost.`;
    return fail('STORE_DISK_FULL', detail, params, error);
  }
  if (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB') {
    return damaged(directory, error.message, error);
  }
  if (error.code.startsWith('SQLITE_READONLY') || error.code.startsWith('SQLITE_CANTOPEN')) {
    const why = isWritable(directory) ? error.message : 'the folder is read-only for this user or its volume is';
    return fail(
      'STORE_UNAVAILABLE',
      `"${directory}" cannot be written: ${why}. Make it writable and try again.`,
      params,
      error,
    );
  }
  if (error.code.startsWith('SQLITE_BUSY') || error.code.startsWith('SQLITE_IOERR') || error.code === 'SQLITE_NOMEM') {
    return fail(
      'STORE_UNAVAILABLE',
      `The database in "${directory}" did not answer (${error.code}). Try again.`,
      params,
      error,
    );
  }
  return error;
}

export function damaged(directory: string, why: string, cause?: unknown): DomainError {
  const detail = `The database in "${directory}" is damaged: ${why}. Restore a backup of the folder, or remove acervo.db* from it and index again.`;
  return fail('STORE_DAMAGED', detail, { directory }, cause);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
