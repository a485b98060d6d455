import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';

import { callContext, DomainError, throwIfEnded, type CallContext } from '@acervo/kernel';
import type { QueryTerm } from '@acervo/language';
import { migrate, PostgresDatabase, type PostgresTransaction } from '@acervo/postgres';

import { CollectionCache } from '../../collection-cache';
import {
  DocumentStore,
  type CommitChanges,
  type CommitResult,
  type DocumentPage,
  type DocumentPageRequest,
  type Job,
  type JobCount,
  type JobTarget,
  type LexicalResult,
  type NewJob,
} from '../../document-store';
import type { ChunkFilter, ChunkKey, ChunkRecord, Collection, CollectionSpec, DocumentRecord } from '../../model';
import { toCollection, type CollectionRow } from '../relational/collection-row';
import { defaultJobLimits, type JobLimits } from '../relational/job-row';
import { createCollection, deleteCollection, replaceCollection } from './collection-rows';
import { commit, tellChange } from './commit';
import { DocumentReader } from './document-reader';
import { JobLeases } from './job-leases';
import {
  cancelJobs,
  claimJob,
  countJobs,
  createJob,
  findJob,
  renewLeases,
  requeueInterrupted,
  updateJob,
  type JobChange,
} from './job-rows';
import { scoreLexical, searchLexical } from './lexical-search';
import { migrations } from './migrations';

export interface PostgresStoreOptions {
  /** `postgres://user:password@a:5432,b:5432/name`: of several hosts the one that takes writes is used. */
  readonly url: string;
  /** Connections of this process, at most. Default 10. */
  readonly maxConnections?: number | undefined;
  /** False behind a pooler that gives each transaction another connection. Default true. */
  readonly isPrepared?: boolean | undefined;
  readonly jobLimits?: Partial<JobLimits>;
  /** A process that was silent for so long loses its jobs to others. Default 15,000. */
  readonly leaseMs?: number;
  /** Told when leases could not be renewed; it is tried again. */
  readonly onLeaseFailure?: (cause: unknown) => void;
  /** For connecting and migrating. */
  readonly openTimeoutMs?: number;
}

/** Other processes write: their commits show after this long at most. */
const collectionMaxAgeMs = 500;
const peekedMaxAgeMs = 1_000;
const refreshTimeoutMs = 5_000;
const closeTimeoutMs = 5_000;
const maxCachedCollections = 1_000;

/**
 * Connects and brings the tables up to date; of replicas that start at once one does it.
 * Errors: CONFIG_INVALID, STORE_UNAVAILABLE, STORE_NEWER.
 */
export async function createPostgresDocumentStore(options: PostgresStoreOptions): Promise<PostgresDocumentStore> {
  const store = new PostgresDocumentStore(options);
  try {
    await store.open(callContext(options.openTimeoutMs ?? 60_000));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The truth in a Postgres database (schema `acervo`) that any number of processes read and write. Plain Postgres 14 or
 * newer; no extension. A deadline that passes while a change runs leaves its outcome open: it may have been committed.
 */
export class PostgresDocumentStore extends DocumentStore {
  private readonly database: PostgresDatabase;
  private readonly documents: DocumentReader;
  private readonly leases: JobLeases;
  private readonly collections = new CollectionCache(collectionMaxAgeMs, maxCachedCollections);
  private readonly refreshing = new Set<string>();
  /** One after the other: of two at once the first might find the job that the second is about to leave. */
  private readonly claims = pLimit(1);
  private readonly jobLimits: JobLimits;
  private readonly leaseMs: number;
  /** Who holds a job: this store, and none that is opened later in this process. */
  private readonly runner = randomUUID();

  constructor({ url, maxConnections, isPrepared, jobLimits, leaseMs = 15_000, ...options }: PostgresStoreOptions) {
    super();
    this.database = new PostgresDatabase({ url, maxConnections, isPrepared, applicationName: 'acervo store' });
    this.documents = new DocumentReader(this.database);
    this.jobLimits = { ...defaultJobLimits, ...jobLimits };
    this.leaseMs = leaseMs;
    const everyMs = leaseMs / 3;
    this.leases = new JobLeases(
      async (jobs) => renewLeases(this.database, jobs, this.runner, leaseMs, callContext(everyMs)),
      {
        everyMs,
        onFailure: options.onLeaseFailure ?? (() => undefined),
      },
    );
  }

  async open(context: CallContext): Promise<void> {
    await migrate(this.database, 'documents', migrations, context);
  }

  override async createCollection(spec: CollectionSpec, context: CallContext): Promise<Collection> {
    return await this.change([spec.name], context, async (sql) => createCollection(sql, spec));
  }

  override async deleteCollection(name: string, context: CallContext): Promise<boolean> {
    return await this.change([name], context, async (sql) => deleteCollection(sql, name));
  }

  override async replaceCollection(name: string, replacement: string, context: CallContext): Promise<Collection> {
    return await this.change([name, replacement], context, async (sql) => replaceCollection(sql, name, replacement));
  }

  override async commit(collection: string, changes: CommitChanges, context: CallContext): Promise<CommitResult> {
    return await this.change([collection], context, async (sql) => commit(sql, collection, changes, this.runner));
  }

  /** None at all: waits for the commits that are under way, for who asks wants to know how one ended. */
  override async reserveKeys(count: number, context: CallContext): Promise<ChunkKey> {
    if (count === 0) {
      await this.database.transaction(context, async (sql) => await sql`SELECT id FROM acervo.collections FOR SHARE`);
    }
    const [row] = await this.database.query<{ value: number }[]>(
      context,
      (sql) => sql`
        UPDATE acervo.counters SET value = value + ${count} WHERE name = 'next_chunk_key' RETURNING value`,
    );
    return (row?.value ?? 0) - count;
  }

  override async findCollection(name: string, context: CallContext, asOf?: 'now'): Promise<Collection | undefined> {
    throwIfEnded(context);
    const read = async (): Promise<Collection | undefined> => {
      const rows = await this.database.query<CollectionRow[]>(
        context,
        (sql) => sql`SELECT * FROM acervo.collections WHERE name = ${name}`,
      );
      return rows.map(toCollection)[0];
    };
    return asOf === 'now' ? await read() : await this.collections.find(name, read);
  }

  override peekCollection(name: string): Collection | undefined {
    const known = this.collections.peek(name, peekedMaxAgeMs);
    if (this.collections.peek(name, collectionMaxAgeMs) === undefined) this.refresh(name);
    return known;
  }

  override async listCollections(context: CallContext): Promise<readonly Collection[]> {
    const rows = await this.database.query<CollectionRow[]>(
      context,
      (sql) => sql`SELECT * FROM acervo.collections ORDER BY name`,
    );
    return rows.map(toCollection);
  }

  override async findDocument(
    collection: string,
    id: string,
    context: CallContext,
  ): Promise<DocumentRecord | undefined> {
    return await this.documents.find(collection, id, context);
  }

  override async findText(collection: string, id: string, context: CallContext): Promise<string | undefined> {
    return await this.documents.findText(collection, id, context);
  }

  override async findByContentHash(
    collection: string,
    hash: string,
    context: CallContext,
  ): Promise<DocumentRecord | undefined> {
    return await this.documents.findByContentHash(collection, hash, context);
  }

  override async listDocuments(
    collection: string,
    page: DocumentPageRequest,
    context: CallContext,
  ): Promise<DocumentPage> {
    return await this.documents.list(collection, page, context);
  }

  override async findEmbeddings(
    collection: string,
    passageHashes: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    return await this.documents.findEmbeddings(collection, passageHashes, context);
  }

  override async storeId(context: CallContext): Promise<string> {
    const [row] = await this.database.query<{ value: number }[]>(
      context,
      (sql) => sql`SELECT value FROM acervo.counters WHERE name = 'store_id'`,
    );
    return (row?.value ?? 0).toString(36);
  }

  override async listKeys(collection: string, context: CallContext): Promise<Uint32Array> {
    return await this.documents.listKeys(collection, context);
  }

  override async fetchEmbeddings(
    collection: string,
    keys: ArrayLike<ChunkKey>,
    context: CallContext,
  ): Promise<Float32Array> {
    return await this.documents.fetchEmbeddings(collection, keys, context);
  }

  override async resolveFilter(collection: string, filter: ChunkFilter, context: CallContext): Promise<Uint32Array> {
    return await this.documents.resolveFilter(collection, filter, context);
  }

  override async fetchChunks(
    collection: string,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly ChunkRecord[]> {
    return await this.documents.fetchChunks(collection, keys, context);
  }

  override async searchLexical(
    collection: string,
    terms: readonly QueryTerm[],
    limit: number,
    allowed: Uint32Array | undefined,
    context: CallContext,
  ): Promise<LexicalResult> {
    return await searchLexical(this.database, collection, terms, limit, allowed, context);
  }

  override async scoreLexical(
    collection: string,
    terms: readonly QueryTerm[],
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly number[]> {
    return await scoreLexical(this.database, collection, terms, keys, context);
  }

  override async createJob(job: NewJob, context: CallContext): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    return await this.database.transaction(context, async (sql) => createJob(sql, job, this.jobLimits));
  }

  override async findJob(id: string, context: CallContext): Promise<Job | undefined> {
    return await findJob(this.database, id, context);
  }

  override async claimJob(kinds: readonly string[], context: CallContext): Promise<Job | undefined> {
    const job = await this.claims(async () => claimJob(this.database, kinds, this.runner, this.leaseMs, context));
    if (job !== undefined) this.leases.hold(job.id);
    return job;
  }

  override async updateJob(id: string, change: JobChange, context: CallContext): Promise<void> {
    // This process is done with it, also when it cannot say so: then the lease runs out and another one takes it on.
    if (change.state !== undefined && change.state !== 'running') this.leases.release(id);
    try {
      await this.database.transaction(context, async (sql) => updateJob(sql, id, change, this.runner));
    } catch (error) {
      if (isOver(error)) this.leases.release(id);
      throw error;
    }
  }

  override async cancelJobs(target: JobTarget, problem: unknown, context: CallContext): Promise<readonly string[]> {
    const ids = await cancelJobs(this.database, target, problem, context);
    for (const id of ids) this.leases.release(id);
    return ids;
  }

  override async requeueInterruptedJobs(context: CallContext): Promise<number> {
    return await requeueInterrupted(this.database, this.runner, context);
  }

  override async countJobs(context: CallContext): Promise<readonly JobCount[]> {
    return await countJobs(this.database, context);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.database.checkHealth(context);
  }

  /** What this process was working on goes back to the queue, for others to take on at once. Safe to call twice. */
  override async close(): Promise<void> {
    await this.leases.close();
    if (this.leases.isHolding) {
      // They go back by themselves when the lease has run out.
      await requeueInterrupted(this.database, this.runner, callContext(closeTimeoutMs)).catch(() => undefined);
    }
    await this.database.close();
  }

  override noticeChange(collection: string): void {
    this.collections.forget();
    this.announce(collection);
  }

  /** Reads what is known again; one at a time for a name. Nobody waits for it, so a failure is nobody's. */
  private refresh(name: string): void {
    if (this.refreshing.has(name) || this.refreshing.size >= maxCachedCollections) return;
    this.refreshing.add(name);
    this.findCollection(name, callContext(refreshTimeoutMs))
      .catch(() => undefined)
      .finally(() => this.refreshing.delete(name));
  }

  /** A transaction that shows in the rows of these collections. */
  private async change<T>(
    names: readonly string[],
    context: CallContext,
    work: (sql: PostgresTransaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.database.transaction(context, async (sql) => {
        const result = await work(sql);
        for (const name of names) await tellChange(sql, name);
        return result;
      });
    } finally {
      this.collections.forget();
      for (const name of names) this.announce(name);
    }
  }
}

/** The job has ended, or is another's: nothing is left to renew. */
function isOver(error: unknown): boolean {
  return error instanceof DomainError && (error.code === 'JOB_ALREADY_ENDED' || error.code === 'JOB_NOT_FOUND');
}
