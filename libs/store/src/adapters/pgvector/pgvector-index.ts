/**
 * Vectors in Postgres with pgvector: one table and one HNSW graph over half precision for each collection of each store.
 * Any number of processes may write: rows are upserted by key before the document store commits, readers drop what it does not know,
 * and what dead processes left is swept once it is older than any commit can take.
 *
 * Errors: VECTOR_INDEX_UNAVAILABLE (retryable), VECTOR_INDEX_MISMATCH, SERVER_NOT_READY once closed, those of contexts.
 */
import { DomainError, throwIfEnded, type CallContext } from '@acervo/kernel';
import { PostgresDatabase, type PostgresOptions } from '@acervo/postgres';
import { fail } from '@acervo/problem';

import { compareKeys } from '../../key-difference';
import type { ChunkKey, CollectionSpec, ScoredKey } from '../../model';
import { searchByNarrowing } from '../../search-by-narrowing';
import { SweepSchedule, type SharedWriting } from '../../sweep-schedule';
import { checkVectors, VectorIndex, type VectorEntry, type VectorQuery } from '../../vector-index';
import { scopedName, type VectorIndexNotice, type VectorSource } from '../../vector-source';

import { cosinesOf, listOlderThan, listRowKeys, removeRows, searchRows, upsertRows } from './vector-rows';
import { dropTable, findDimensions, hasGraph, makeGraph, makeTable, prepareVectorTables } from './vector-table';

export interface PgvectorIndexOptions {
  readonly database: PostgresOptions;
  readonly source: VectorSource;
  /** Set where several processes write to the same database. */
  readonly sharing?: SharedWriting | undefined;
  readonly onNotice?: (notice: VectorIndexNotice) => void;
}

interface Opened {
  readonly spec: Pick<CollectionSpec, 'name' | 'dimensions'>;
  /** What its table is named after. */
  readonly scoped: string;
  /** Keys from here on may be upserts of this process whose commit is still to come. */
  ownKeysFrom: number;
}

const session = {
  // Only in a plan of its own are many admitted keys looked up by hash.
  plan_cache_mode: 'force_custom_plan',
  // Hybrid search asks for a hundred passages: of 20,000 this finds .94 of them, 256 find .89 and 128 .76.
  'hnsw.ef_search': '400',
  'hnsw.iterative_scan': 'relaxed_order',
  'hnsw.max_scan_tuples': '200000',
};
const rowsPerPage = 1_000;
const buildTimeoutMs = 30 * 60_000;

export class PgvectorIndex extends VectorIndex {
  private readonly database: PostgresDatabase;
  private readonly opened = new Map<string, Opened>();
  private prepared: Promise<void> | undefined;
  private readonly sweeps: SweepSchedule;

  /** Connects with the first call. */
  constructor(private readonly options: PgvectorIndexOptions) {
    super();
    this.database = new PostgresDatabase({ applicationName: 'acervo vectors', ...options.database, session });
    this.sweeps = new SweepSchedule(
      options.sharing?.sweepEveryMs ?? 0,
      async (context) => this.sweep(context),
      (error) => options.onNotice?.({ kind: 'sweep-failed', error }),
    );
  }

  /** May be called again at any time: keys that this process upserted are left alone. */
  override async open(spec: CollectionSpec, context: CallContext): Promise<void> {
    const scoped = await scopedName(this.options.source, spec.name, context);
    const opened = { spec, scoped, ownKeysFrom: this.opened.get(spec.name)?.ownKeysFrom ?? Infinity };
    await this.guarded(async () => {
      await this.prepare(context);
      await makeTable(this.database, scoped, spec, context);
      await this.mend(opened, context);
      if (!(await hasGraph(this.database, scoped, context))) await this.build(scoped, context);
    });
    this.opened.set(spec.name, opened);
  }

  override async upsert(
    collection: string,
    entries: readonly VectorEntry[],
    vectors: Float32Array,
    context: CallContext,
  ): Promise<void> {
    const opened = await this.find(collection, context);
    checkVectors(entries.length, opened.spec.dimensions, vectors);
    if (entries.length === 0) return;
    const keys = entries.map(({ key }) => key);
    opened.ownKeysFrom = keys.reduce((low, key) => Math.min(low, key), opened.ownKeysFrom);
    await this.guarded(async () => upsertRows(this.database, opened.scoped, keys, vectors, context));
  }

  override async remove(collection: string, keys: readonly ChunkKey[], context: CallContext): Promise<void> {
    const { scoped } = await this.find(collection, context);
    await this.guarded(async () => removeRows(this.database, scoped, keys, context));
  }

  override async search(
    collection: string,
    queries: readonly VectorQuery[],
    context: CallContext,
  ): Promise<readonly (readonly ScoredKey[])[]> {
    const { scoped } = await this.find(collection, context);
    return await this.guarded(async () =>
      searchByNarrowing(queries, async (group) => searchRows(this.database, scoped, group, context)),
    );
  }

  override async cosines(
    collection: string,
    vector: Float32Array,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<Float32Array> {
    const { scoped } = await this.find(collection, context);
    return await this.guarded(async () => cosinesOf(this.database, scoped, vector, keys, context));
  }

  override async drop(collection: string, context: CallContext): Promise<void> {
    this.opened.delete(collection);
    const scoped = await scopedName(this.options.source, collection, context);
    await this.guarded(async () => {
      await this.prepare(context);
      await dropTable(this.database, scoped, context);
    });
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.guarded(async () => this.database.checkHealth(context));
  }

  /** Brings every open collection in line with the truth while searches go on. Errors: those of `open`. */
  async sweep(context: CallContext): Promise<void> {
    for (const opened of this.opened.values()) await this.guarded(async () => this.mend(opened, context));
  }

  override async close(): Promise<void> {
    this.sweeps.close();
    await this.database.close();
  }

  private async prepare(context: CallContext): Promise<void> {
    this.prepared ??= prepareVectorTables(this.database, context);
    try {
      await this.prepared;
    } catch (error) {
      this.prepared = undefined;
      throw error;
    }
  }

  /** A collection that another process made needs no opening here: it is in the database already. */
  private async find(collection: string, context: CallContext): Promise<Opened> {
    const opened = this.opened.get(collection);
    if (opened !== undefined) return opened;
    const scoped = await scopedName(this.options.source, collection, context);
    return await this.guarded(async () => {
      await this.prepare(context);
      const dimensions = await findDimensions(this.database, scoped, context);
      if (dimensions === undefined)
        throw fail('VECTOR_INDEX_UNAVAILABLE', `The collection ${collection} is not open: call open first.`);
      const adopted = { spec: { name: collection, dimensions }, scoped, ownKeysFrom: Infinity };
      this.opened.set(collection, adopted);
      return adopted;
    });
  }

  private async mend(opened: Opened, context: CallContext): Promise<void> {
    const { scoped } = opened;
    const { name } = opened.spec;
    const { source, sharing, onNotice } = this.options;
    const held = await listRowKeys(this.database, scoped, context);
    const { missing, surplus } = compareKeys(held, await source.listKeys(name, context));
    const orphans =
      sharing === undefined
        ? [...surplus].filter((key) => key < opened.ownKeysFrom)
        : await listOlderThan(this.database, scoped, [...surplus], sharing.graceMs, context);
    await removeRows(this.database, scoped, orphans, context);
    for (let from = 0; from < missing.length; from += rowsPerPage) {
      throwIfEnded(context);
      const keys = [...missing.slice(from, from + rowsPerPage)];
      await upsertRows(this.database, scoped, keys, await source.fetchEmbeddings(name, keys, context), context);
    }
    if (missing.length > 0 || orphans.length > 0)
      onNotice?.({
        kind: 'mended',
        collection: name,
        ...{ reason: undefined, added: missing.length, removed: orphans.length },
      });
  }

  /** On a connection of its own, for it may take minutes. */
  private async build(scoped: string, context: CallContext): Promise<void> {
    const builder = new PostgresDatabase({
      ...{ applicationName: 'acervo vectors', ...this.options.database },
      ...{ maxConnections: 1, statementTimeoutMs: buildTimeoutMs },
    });
    try {
      await makeGraph(builder, scoped, context);
    } finally {
      await builder.close();
    }
  }

  /** A failure of the database is one of the index here: searches go on without vectors. */
  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asIndexError(error);
    }
  }
}

function asIndexError(error: unknown): unknown {
  if (error instanceof DomainError) {
    if (!['STORE_UNAVAILABLE', 'STORE_DISK_FULL'].includes(error.code)) return error;
    return fail('VECTOR_INDEX_UNAVAILABLE', error.message, {}, error);
  }
  const { code } = error as { code?: unknown };
  // No such table: another process dropped the collection.
  if (code === '42P01') return fail('VECTOR_INDEX_UNAVAILABLE', 'The collection is not in Postgres now.', {}, error);
  return error;
}
