import { mkdir } from 'node:fs/promises';

import { callContext, throwIfEnded, type CallContext } from '@acervo/kernel';
import type { QueryTerm } from '@acervo/language';
import { fail } from '@acervo/problem';

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
import { fromColumns } from '../../hit-columns';
import type { ChunkFilter, ChunkKey, ChunkRecord, Collection, CollectionSpec, DocumentRecord } from '../../model';
import { CollectionCache } from '../../collection-cache';
import { defaultJobLimits, type JobLimits } from '../relational/job-row';
import { PurgeSchedule } from './purge-schedule';
import type { SqliteReader } from './sqlite-reader';
import { SqliteThreads } from './sqlite-threads';
import type { SqliteWriter } from './sqlite-writer';

export interface SqliteStoreOptions {
  /** Made when it does not exist. One process at a time may have it open as its writer. */
  readonly directory: string;
  /**
   * `follower`: this process only reads what the writer of the folder, which must have opened it before, commits. Every
   * change is refused with STORE_UNAVAILABLE. Tell it of foreign commits by `noticeChange`. Default: `writer`.
   */
  readonly role?: 'writer' | 'follower';
  /** Threads that read, 1..4. Each holds up to 32 MiB of pages. */
  readonly readers?: number;
  /** Operations that may wait for the writer, and for the readers. */
  readonly maxWaiting?: number;
  readonly jobLimits?: Partial<JobLimits>;
  /** Bytes of removed documents leave the files this long after the removal. */
  readonly purgeAfterMs?: number;
  /** Told when that had to wait for a reader or failed; it is tried again. */
  readonly onPurgeDelayed?: (cause: unknown) => void;
  /** For opening, checking and migrating the database. */
  readonly openTimeoutMs?: number;
}

const closeTimeoutMs = 15_000;
const purgeTimeoutMs = 60_000;
const purgeRetryAfterMs = 10_000;
/** Another process may write to the folder: its commits show after this long at most. */
const collectionMaxAgeMs = 500;
const peekedMaxAgeMs = 1_000;
const refreshTimeoutMs = 5_000;
const maxCachedCollections = 1_000;

type Method<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] & string;
type Args<T, M extends keyof T> = T[M] extends (...args: infer A) => unknown ? Readonly<A> : never;
type Result<T, M extends keyof T> = T[M] extends (...args: never[]) => infer R ? R : never;

/**
 * Opens (or makes) the database of a data folder.
 * Errors: STORE_LOCKED, STORE_DAMAGED, STORE_NEWER, STORE_DISK_FULL, STORE_UNAVAILABLE (folder cannot be written).
 */
export async function createSqliteDocumentStore(options: SqliteStoreOptions): Promise<SqliteDocumentStore> {
  const { directory, openTimeoutMs = 60_000 } = options;
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw fail('STORE_UNAVAILABLE', `The data folder "${directory}" cannot be made: ${why}.`, { directory }, error);
  });
  const store = new SqliteDocumentStore(options);
  try {
    await store.open(callContext(openTimeoutMs));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The truth in one SQLite file (WAL): a writer thread takes changes one by one, reader threads answer beside it, the
 * event loop never waits for the disk. A deadline that passes while a change runs leaves its outcome open: it may have
 * been committed.
 */
export class SqliteDocumentStore extends DocumentStore {
  /** Undefined in a follower. */
  private readonly writer: SqliteThreads | undefined;
  private readonly readers: SqliteThreads;
  private readonly purges: PurgeSchedule;
  private readonly collections = new CollectionCache(collectionMaxAgeMs, maxCachedCollections);
  private readonly refreshing = new Set<string>();

  constructor(options: SqliteStoreOptions) {
    super();
    const { directory, role = 'writer', readers = 2, maxWaiting = 1_000, jobLimits, purgeAfterMs = 1_000 } = options;
    const shared = { directory, jobLimits: { ...defaultJobLimits, ...jobLimits } };
    if (role === 'writer') this.writer = new SqliteThreads({ ...shared, role }, 1, maxWaiting);
    this.readers = new SqliteThreads({ ...shared, role: 'reader' }, readers, maxWaiting);
    this.purges = new PurgeSchedule(() => this.write('purge', [], callContext(purgeTimeoutMs)), {
      afterMs: purgeAfterMs,
      retryAfterMs: purgeRetryAfterMs,
      onDelayed: options.onPurgeDelayed ?? (() => undefined),
    });
  }

  async open(context: CallContext): Promise<void> {
    await this.writer?.run('open', [], context);
    await this.read('open', [], context);
  }

  override async createCollection(spec: CollectionSpec, context: CallContext): Promise<Collection> {
    return await this.change([spec.name], 'createCollection', [spec], context);
  }
  override async deleteCollection(name: string, context: CallContext): Promise<boolean> {
    const existed = await this.change([name], 'deleteCollection', [name], context);
    this.purges.request();
    return existed;
  }
  override async replaceCollection(name: string, replacement: string, context: CallContext): Promise<Collection> {
    const changed = [name, replacement];
    const collection = await this.change(changed, 'replaceCollection', [name, replacement], context);
    this.purges.request();
    return collection;
  }
  override async reserveKeys(count: number, context: CallContext): Promise<ChunkKey> {
    return await this.write('reserveKeys', [count], context);
  }
  override async commit(collection: string, changes: CommitChanges, context: CallContext): Promise<CommitResult> {
    const result = await this.change([collection], 'commit', [collection, changes], context);
    if (result.removedKeys.length > 0 || result.removedDocuments.length > 0) this.purges.request();
    return result;
  }
  override async createJob(job: NewJob, context: CallContext): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    return await this.write('createJob', [job], context);
  }
  override async claimJob(kinds: readonly string[], context: CallContext): Promise<Job | undefined> {
    return await this.write('claimJob', [kinds], context);
  }
  override async updateJob(
    id: string,
    change: Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>,
    context: CallContext,
  ): Promise<void> {
    await this.write('updateJob', [id, change], context);
  }
  override async cancelJobs(target: JobTarget, problem: unknown, context: CallContext): Promise<readonly string[]> {
    return await this.write('cancelJobs', [target, problem], context);
  }
  override async requeueInterruptedJobs(context: CallContext): Promise<number> {
    return await this.write('requeueInterruptedJobs', [], context);
  }
  override async findCollection(name: string, context: CallContext, asOf?: 'now'): Promise<Collection | undefined> {
    throwIfEnded(context);
    const read = async (): Promise<Collection | undefined> => this.read('findCollection', [name], context);
    return asOf === 'now' ? await read() : await this.collections.find(name, read);
  }
  override peekCollection(name: string): Collection | undefined {
    const known = this.collections.peek(name, peekedMaxAgeMs);
    if (this.collections.peek(name, collectionMaxAgeMs) === undefined) this.refresh(name);
    return known;
  }
  override async listCollections(context: CallContext): Promise<readonly Collection[]> {
    return await this.read('listCollections', [], context);
  }
  override async findDocument(
    collection: string,
    id: string,
    context: CallContext,
  ): Promise<DocumentRecord | undefined> {
    return await this.read('findDocument', [collection, id], context);
  }
  override async findText(collection: string, id: string, context: CallContext): Promise<string | undefined> {
    return await this.read('findText', [collection, id], context);
  }
  override async findByContentHash(
    collection: string,
    hash: string,
    context: CallContext,
  ): Promise<DocumentRecord | undefined> {
    return await this.read('findByContentHash', [collection, hash], context);
  }
  override async listDocuments(
    collection: string,
    page: DocumentPageRequest,
    context: CallContext,
  ): Promise<DocumentPage> {
    return await this.read('listDocuments', [collection, page], context);
  }
  override async findEmbeddings(
    collection: string,
    passageHashes: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    return await this.read('findEmbeddings', [collection, passageHashes], context);
  }
  override async storeId(context: CallContext): Promise<string> {
    return await this.read('storeId', [], context);
  }
  override async listKeys(collection: string, context: CallContext): Promise<Uint32Array> {
    return await this.read('listKeys', [collection], context);
  }
  override async fetchEmbeddings(
    collection: string,
    keys: ArrayLike<ChunkKey>,
    context: CallContext,
  ): Promise<Float32Array> {
    return await this.read('fetchEmbeddings', [collection, keys], context);
  }
  override async resolveFilter(collection: string, filter: ChunkFilter, context: CallContext): Promise<Uint32Array> {
    return await this.read('resolveFilter', [collection, filter], context);
  }
  override async searchLexical(
    collection: string,
    terms: readonly QueryTerm[],
    limit: number,
    allowed: Uint32Array | undefined,
    context: CallContext,
  ): Promise<LexicalResult> {
    const { hits, ...rest } = await this.read('searchLexical', [collection, terms, limit, allowed], context);
    return { ...rest, hits: fromColumns(hits) };
  }
  override async scoreLexical(
    collection: string,
    terms: readonly QueryTerm[],
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly number[]> {
    return await this.read('scoreLexical', [collection, terms, Uint32Array.from(keys)], context);
  }
  override async fetchChunks(
    collection: string,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly ChunkRecord[]> {
    return await this.read('fetchChunks', [collection, keys], context);
  }
  override async findJob(id: string, context: CallContext): Promise<Job | undefined> {
    return await this.read('findJob', [id], context);
  }

  override async countJobs(context: CallContext): Promise<readonly JobCount[]> {
    return await this.read('countJobs', [], context);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await Promise.all([this.writer?.run('probe', [], context), this.read('open', [], context)]);
  }

  /** Waits for the change that runs; safe to call twice. */
  override async close(): Promise<void> {
    this.purges.close();
    const context = callContext(closeTimeoutMs);
    await this.readers.close(context);
    await this.writer?.close(context);
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

  /** A write that shows in the rows of these collections. */
  private async change<M extends Method<SqliteWriter>>(
    names: readonly string[],
    method: M,
    args: Args<SqliteWriter, M>,
    context: CallContext,
  ): Promise<Result<SqliteWriter, M>> {
    try {
      return await this.write(method, args, context);
    } finally {
      this.collections.forget();
      for (const name of names) this.announce(name);
    }
  }

  private async write<M extends Method<SqliteWriter>>(
    method: M,
    args: Args<SqliteWriter, M>,
    context: CallContext,
  ): Promise<Result<SqliteWriter, M>> {
    if (this.writer === undefined) throw fail('STORE_UNAVAILABLE', 'This process only reads: ask the one that writes.');
    return (await this.writer.run(method, args, context)) as Result<SqliteWriter, M>;
  }

  private async read<M extends Method<SqliteReader>>(
    method: M,
    args: Args<SqliteReader, M>,
    context: CallContext,
  ): Promise<Result<SqliteReader, M>> {
    return (await this.readers.run(method, args, context)) as Result<SqliteReader, M>;
  }
}
