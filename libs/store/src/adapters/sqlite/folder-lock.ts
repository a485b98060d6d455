/**
 * One writing process per data folder. The lock is an exclusive transaction on a database of its own: the operating
 * system drops it when the process dies, however it dies, so no stale lock ever needs removing by hand.
 */
import { join } from 'node:path';

import { fail } from '@acervo/problem';
import { openDatabase } from '@acervo/sqlite';

import { isSqliteError } from './sqlite-error';

export interface FolderLock {
  release(): void;
}

/** Errors: STORE_LOCKED when another process (or another store of this one) holds the folder. */
export function lockFolder(directory: string): FolderLock {
  const lock = openDatabase(join(directory, 'acervo.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isSqliteError(error) && error.code.startsWith('SQLITE_BUSY')) {
      const detail = `Another Acervo process works in "${directory}". Stop it, or give this one a folder of its own with DATA_DIR.`;
      throw fail('STORE_LOCKED', detail, { directory }, error);
    }
    throw error;
  }
  return {
    release: () => {
      lock.close();
    },
  };
}
