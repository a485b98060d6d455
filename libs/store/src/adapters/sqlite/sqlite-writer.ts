import { fail } from '@acervo/problem';

import type { CommitChanges, CommitResult, Job, JobTarget, NewJob } from '../../document-store';
import type { Collection, CollectionSpec } from '../../model';
import { CollectionTable } from './collection-table';
import { Committer } from './commit';
import { openForWriting, type Connection } from './connection';
import { lockFolder, type FolderLock } from './folder-lock';
import type { JobLimits } from '../relational/job-row';
import { JobTable } from './job-table';

/** Everything that changes the database; runs in the one writer thread, one operation after the other. */
export class SqliteWriter {
  private readonly lock: FolderLock;
  private readonly connection: Connection;
  private readonly collections: CollectionTable;
  private readonly committer: Committer;
  private readonly jobs: JobTable;

  /** @param maxFresh see LexicalWriter; tests lower it */
  constructor(directory: string, limits: JobLimits, maxFresh?: number) {
    this.lock = lockFolder(directory);
    try {
      this.connection = openForWriting(directory);
    } catch (error) {
      this.lock.release();
      throw error;
    }
    this.collections = new CollectionTable(this.connection);
    this.committer = new Committer(this.connection, this.collections, maxFresh);
    this.jobs = new JobTable(this.connection, limits);
  }

  open(): void {
    // The constructor has opened everything: a call proves that the thread lives.
  }

  createCollection(spec: CollectionSpec): Collection {
    return this.atomically(() => this.collections.create(spec));
  }

  deleteCollection(name: string): boolean {
    const existed = this.atomically(() => this.collections.delete(name));
    this.committer.forgetTerms();
    return existed;
  }

  replaceCollection(name: string, replacement: string): Collection {
    const collection = this.atomically(() => this.collections.replace(name, replacement));
    this.committer.forgetTerms();
    return collection;
  }

  reserveKeys(count: number): number {
    const next = this.connection
      .prepare<[number], number>(`UPDATE counters SET value = value + ? WHERE name = 'next_chunk_key' RETURNING value`)
      .pluck()
      .get(count);
    return (next ?? 0) - count;
  }

  commit(collection: string, changes: CommitChanges): CommitResult {
    // No other writer comes in between: this thread does one thing after the other and owns the folder.
    if (changes.job !== undefined) this.jobs.requireRunning(changes.job);
    return this.committer.commit(collection, changes);
  }

  createJob(job: NewJob): { readonly job: Job; readonly isNew: boolean } {
    return this.atomically(() => this.jobs.create(job));
  }

  findJob(id: string): Job | undefined {
    return this.jobs.find(id);
  }

  claimJob(kinds: readonly string[]): Job | undefined {
    return this.jobs.claim(kinds);
  }

  updateJob(id: string, change: Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>): void {
    this.atomically(() => {
      this.jobs.update(id, change);
    });
  }

  cancelJobs(target: JobTarget, problem: unknown): readonly string[] {
    return this.jobs.cancelOpen(target, problem);
  }

  requeueInterruptedJobs(): number {
    return this.jobs.requeueInterrupted();
  }

  /** Proves that the folder takes bytes: writes and rolls back. */
  probe(): void {
    this.connection.exec(`BEGIN IMMEDIATE; UPDATE counters SET value = value WHERE name = 'next_generation'; COMMIT`);
  }

  /** Cuts the write-ahead log. Errors: STORE_UNAVAILABLE when a reader holds on to it. */
  purge(): void {
    const [row] = this.connection.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    if (row?.busy !== 0) throw fail('STORE_UNAVAILABLE', 'A reader holds the write-ahead log. Try again soon.');
  }

  close(): void {
    this.connection.close();
    this.lock.release();
  }

  private atomically<T>(work: () => T): T {
    return this.connection.transaction(work).immediate();
  }
}
