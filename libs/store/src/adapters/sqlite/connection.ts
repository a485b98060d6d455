/**
 * Opens the one database of a data folder. A file that is cut, overwritten, foreign or from a newer version is
 * recognised here and left untouched.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { fail } from '@acervo/problem';
import { type Connection, openDatabase } from '@acervo/sqlite';

import { migrations } from './migrations';
import { damaged } from './sqlite-error';

export type { Connection };

/** "Acrv": marks the file as ours in its header. */
const applicationId = 0x41637276;
const busyTimeoutMs = 5_000;
/** A full structure check reads the whole file: about 0.4 s for this size. Larger files are checked as they are read. */
const maxCheckedBytes = 128 * 1024 * 1024;

export function databaseFile(directory: string): string {
  return join(directory, 'acervo.db');
}

/** Errors: STORE_DAMAGED, STORE_NEWER, STORE_UNAVAILABLE, STORE_DISK_FULL (the last two as SqliteError still). */
export function openForWriting(directory: string): Connection {
  const connection = openDatabase(databaseFile(directory), { timeout: busyTimeoutMs });
  try {
    checkIdentity(connection, directory);
    connection.pragma('journal_mode = WAL');
    // FULL: a commit is on the disk when it is acknowledged, not only in the page cache.
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    // Deleted text is overwritten with zeros, not only unlinked.
    connection.pragma('secure_delete = ON');
    connection.pragma('cache_size = -65536');
    connection.pragma('journal_size_limit = 67108864');
    migrate(connection);
    checkStructure(connection, directory);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** No memory mapping: a file that another program cuts would end the process with SIGBUS instead of STORE_DAMAGED. */
export function openForReading(directory: string): Connection {
  const connection = openDatabase(databaseFile(directory), {
    readonly: true,
    fileMustExist: true,
    timeout: busyTimeoutMs,
  });
  connection.pragma('query_only = ON');
  connection.pragma('cache_size = -32768');
  return connection;
}

function checkIdentity(connection: Connection, directory: string): void {
  const version = connection.pragma('user_version', { simple: true }) as number;
  const identity = connection.pragma('application_id', { simple: true }) as number;
  const isEmpty = connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (isEmpty && version === 0) return;
  if (identity !== applicationId) throw damaged(directory, 'acervo.db belongs to another program');
  if (version > migrations.length) {
    const detail = `The database in "${directory}" was written by a newer Acervo (schema ${version}, this one knows ${migrations.length}). Install that version, or use another DATA_DIR.`;
    throw fail('STORE_NEWER', detail, { directory, schema: version, known: migrations.length });
  }
}

function migrate(connection: Connection): void {
  const version = connection.pragma('user_version', { simple: true }) as number;
  migrations.slice(version).forEach((script, nth) => {
    connection.transaction(() => {
      connection.exec(script);
      connection.pragma(`application_id = ${applicationId}`);
      connection.pragma(`user_version = ${version + nth + 1}`);
    })();
  });
}

function checkStructure(connection: Connection, directory: string): void {
  if (statSync(databaseFile(directory)).size > maxCheckedBytes) return;
  const result = connection.pragma('quick_check(1)', { simple: true }) as string;
  if (result !== 'ok') throw damaged(directory, result);
}
