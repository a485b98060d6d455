import { openDatabase, type Connection } from './open-database';

/** More than a file can have: the whole copy is one step, so that no change of another process begins it anew. */
const allPages = 0x7fffffff;

/**
 * Writes a copy of one moment, while other processes read and write: of the moment of the read transaction that
 * `source` is in, else of the call. The copy is one file without companions, and its structure was checked.
 *
 * @param to a file that does not exist yet
 * Errors: those of SQLite as they are; an Error with what the check found.
 * Cost: reads the source once and the copy once more, about 3 s a gigabyte; the calling thread waits.
 */
export async function copyDatabase(source: Connection, to: string): Promise<void> {
  await source.backup(to, { progress: () => allPages });
  const copy = openDatabase(to, { fileMustExist: true });
  try {
    // The source's write-ahead log is part of its header: a copy in it would be three files.
    copy.pragma('journal_mode = DELETE');
    const found = copy.pragma('quick_check(1)', { simple: true }) as string;
    if (found !== 'ok') throw new Error(`${to} is damaged: ${found}`);
  } finally {
    copy.close();
  }
}
