import type { QueryTerm } from '@acervo/language';

import type { DocumentPage, DocumentPageRequest, Job, JobCount, LexicalResult } from '../../document-store';
import { toColumns, type HitColumns } from '../../hit-columns';
import type { ChunkFilter, ChunkRecord, Collection, DocumentRecord } from '../../model';
import { ChunkTable } from './chunk-table';
import { CollectionTable } from './collection-table';
import { openForReading, type Connection } from './connection';
import { DocumentTable } from './document-table';
import { toSql } from './filter-sql';
import { LexicalReader, type LexicalCollection } from './lexical-reader';

/** A LexicalResult on its way between threads. */
type LexicalColumns = Omit<LexicalResult, 'hits'> & { readonly hits: HitColumns };

interface JobReader {
  find(id: string): Job | undefined;
  count(): JobCount[];
}

/** Everything that only reads; each reader thread has one, on a connection of its own, on one snapshot a call. */
export class SqliteReader {
  private readonly connection: Connection;
  private readonly collections: CollectionTable;
  private readonly documents: DocumentTable;
  private readonly chunks: ChunkTable;
  private readonly lexical: LexicalReader;
  private readonly jobs: JobReader;

  constructor(directory: string, jobsOf: (connection: Connection) => JobReader) {
    this.connection = openForReading(directory);
    this.collections = new CollectionTable(this.connection);
    this.documents = new DocumentTable(this.connection);
    this.chunks = new ChunkTable(this.connection);
    this.lexical = new LexicalReader(this.connection);
    this.jobs = jobsOf(this.connection);
  }

  open(): void {
    this.connection.prepare('SELECT 1 FROM collections LIMIT 1').get();
  }

  findCollection(name: string): Collection | undefined {
    return this.collections.find(name);
  }

  listCollections(): Collection[] {
    return this.collections.list();
  }

  findDocument(collection: string, id: string): DocumentRecord | undefined {
    return this.consistently(() => this.documents.find(this.idOf(collection), collection, id));
  }

  findText(collection: string, id: string): string | undefined {
    return this.consistently(() => this.documents.findText(this.idOf(collection), id));
  }

  findByContentHash(collection: string, hash: string): DocumentRecord | undefined {
    return this.consistently(() => this.documents.findByContentHash(this.idOf(collection), collection, hash));
  }

  listDocuments(collection: string, page: DocumentPageRequest): DocumentPage {
    return this.consistently(() => this.documents.list(this.idOf(collection), collection, page));
  }

  findEmbeddings(collection: string, passageHashes: readonly string[]): Map<string, Float32Array> {
    return this.consistently(() => this.chunks.findEmbeddings(this.idOf(collection), passageHashes));
  }

  storeId(): string {
    const select = this.connection.prepare<[], number>("SELECT value FROM counters WHERE name = 'store_id'").pluck();
    return (select.get() ?? 0).toString(36);
  }

  listKeys(collection: string): Uint32Array {
    return this.consistently(() => this.chunks.listKeys(this.idOf(collection)));
  }

  fetchEmbeddings(collection: string, keys: ArrayLike<number>): Float32Array {
    return this.consistently(() => {
      const { id, dimensions } = this.collections.rowOf(collection);
      return this.chunks.fetchEmbeddings(id, dimensions, keys);
    });
  }

  resolveFilter(collection: string, filter: ChunkFilter): Uint32Array {
    return this.consistently(() => {
      const { sql, values } = toSql(filter);
      const select = this.connection
        .prepare<(string | number)[], number>(
          `SELECT c.key FROM documents d JOIN chunks c ON c.document = d.row WHERE d.collection = ?${sql}`,
        )
        .pluck();
      return Uint32Array.from(select.all(this.idOf(collection), ...values)).sort();
    });
  }

  searchLexical(
    collection: string,
    terms: readonly QueryTerm[],
    limit: number,
    allowed: Uint32Array | undefined,
  ): LexicalColumns {
    return this.consistently(() => {
      const { hits, ...rest } = this.lexical.search(this.lexicalCollection(collection), terms, limit, allowed);
      return { ...rest, hits: toColumns(hits) };
    });
  }

  scoreLexical(collection: string, terms: readonly QueryTerm[], keys: ArrayLike<number>): number[] {
    return this.consistently(() => this.lexical.score(this.lexicalCollection(collection), terms, keys));
  }

  fetchChunks(collection: string, keys: readonly number[]): ChunkRecord[] {
    return this.consistently(() => this.chunks.fetch(this.idOf(collection), collection, keys));
  }

  findJob(id: string): Job | undefined {
    return this.jobs.find(id);
  }

  countJobs(): JobCount[] {
    return this.jobs.count();
  }

  close(): void {
    this.connection.close();
  }

  private idOf(collection: string): number {
    return this.collections.rowOf(collection).id;
  }

  private lexicalCollection(name: string): LexicalCollection {
    const { id, tokens, chunks_pt, chunks_en, chunks_other } = this.collections.rowOf(name);
    const chunks = chunks_pt + chunks_en + chunks_other;
    return { id, chunks, averageLength: chunks === 0 ? 0 : tokens / chunks };
  }

  /** All statements of one call see the same commit. */
  private consistently<T>(read: () => T): T {
    return this.connection.transaction(read).deferred();
  }
}
