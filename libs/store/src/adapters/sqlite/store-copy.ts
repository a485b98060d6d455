/**
 * A copy of the database of a data folder for a backup, and what a copy needs before it may serve in its place.
 *
 * A job that waits has its content in a file beside the database, removed once the job has ended. Database and files
 * are of one moment only if no job changes its state between both looks: for that moment, a few milliseconds, the
 * writer is kept waiting. The long copy comes afterwards, from a read transaction that holds the same moment.
 */
import { copyDatabase, openDatabase } from '@acervo/sqlite';

import type { Collection } from '../../model';
import { CollectionTable } from './collection-table';
import { databaseFile, openForWriting } from './connection';
import { lockFolder } from './folder-lock';
import { randomStoreId } from './migrations/0003-store-id';
import { toStoreError } from './sqlite-error';

/** For the writer's transaction to end. The writer itself waits 5 s for ours. */
const lockTimeoutMs = 30_000;

export interface StoreCopy {
  readonly collections: readonly { readonly name: string; readonly generation: number; readonly documents: number }[];
  /** Ids of the jobs that waited or ran. */
  readonly openJobs: readonly string[];
}

/**
 * Copies the database of one data folder into another folder while a server works with it.
 *
 * @param hold keeps the contents of these jobs, which wait or run; nothing changes meanwhile, so it must be quick
 * Errors: STORE_UNAVAILABLE (there is none, or it does not answer), STORE_DAMAGED, STORE_DISK_FULL.
 */
export async function copySqliteStore(
  directory: string,
  to: string,
  hold: (jobs: readonly string[]) => void,
): Promise<StoreCopy> {
  try {
    const snapshot = openDatabase(databaseFile(directory), { fileMustExist: true, timeout: lockTimeoutMs });
    try {
      let openJobs: readonly string[];
      const gate = openDatabase(databaseFile(directory), { fileMustExist: true, timeout: lockTimeoutMs });
      try {
        gate.exec('BEGIN IMMEDIATE');
        snapshot.exec('BEGIN');
        openJobs = snapshot
          .prepare<[], string>("SELECT id FROM jobs WHERE state IN ('queued', 'running')")
          .pluck()
          .all();
        hold(openJobs);
      } finally {
        gate.close();
      }
      await copyDatabase(snapshot, databaseFile(to));
      return { collections: new CollectionTable(snapshot).list().map(summary), openJobs };
    } finally {
      snapshot.close();
    }
  } catch (error) {
    throw toStoreError(error, directory);
  }
}

/**
 * Makes a restored database differ from every state that was ever served: generations go on from the time of day in
 * milliseconds, so nothing that a cache, a client or an edge kept under a later generation than the copy's is taken for
 * current. Commits come slower than one a millisecond, so a later restore is beyond all of them again. Its id is a new
 * one, so that it never touches the vectors of the store that it is a copy of, which may still be at work.
 *
 * Migrates the database of an earlier release.
 *
 * Errors: STORE_LOCKED, STORE_NEWER, STORE_DAMAGED, STORE_DISK_FULL.
 */
export function renewSqliteStore(directory: string, nowMs: number): void {
  try {
    const lock = lockFolder(directory);
    try {
      const connection = openForWriting(directory);
      try {
        connection.transaction(() => {
          connection.prepare('UPDATE collections SET generation = max(generation + 1, ?)').run(nowMs);
          connection.prepare("UPDATE counters SET value = max(value + 1, ?) WHERE name = 'next_generation'").run(nowMs);
          connection.prepare(`UPDATE counters SET value = ${randomStoreId} WHERE name = 'store_id'`).run();
        })();
        connection.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        connection.close();
      }
    } finally {
      lock.release();
    }
  } catch (error) {
    throw toStoreError(error, directory);
  }
}

function summary({ name, generation, documents }: Collection): StoreCopy['collections'][number] {
  return { name, generation, documents };
}
