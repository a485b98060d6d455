/**
 * Lexical search on generated passages with Zipf's distribution of words (exponent 1, 60,000 words, 120 a passage);
 * questions draw from the words below the 150 most frequent, which stand for stop words. Beside it the same on FTS5, and
 * on Postgres by this store and by the full text search that it comes with.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { callContext, seededRandom, type CallContext } from '@acervo/kernel';
import { analyseDocument, analyseQuery, type QueryTerm } from '@acervo/language';
import { PostgresDatabase } from '@acervo/postgres';
import { openDatabase } from '@acervo/sqlite';

import { createPostgresDocumentStore } from '../adapters/postgres/postgres-document-store';
import { createSqliteDocumentStore } from '../adapters/sqlite/sqlite-document-store';
import type { DocumentStore } from '../document-store';
import type { NewDocument } from '../model';

export interface LexicalBenchOptions {
  readonly chunks: number;
  readonly questions: number;
  readonly termsPerQuestion: number;
  readonly compareFts5: boolean;
  /** Of a Postgres to compare with; its schema `acervo` must be empty and is removed afterwards. */
  readonly databaseUrl?: string | undefined;
}

export interface LatencyMs {
  readonly p50: number;
  readonly p95: number;
}

export interface LexicalStoreResult {
  readonly commitMsPerChunk: number;
  readonly search: LatencyMs;
  readonly searchWithTenPercentAllowed: LatencyMs;
  readonly scoreHundred: LatencyMs;
  /** Of this process, for one search; the database's own comes on top. */
  readonly cpuMsPerSearch: number;
}

export interface LexicalBenchResult extends LexicalStoreResult {
  readonly chunks: number;
  readonly bytesPerChunk: number;
  readonly fts5Search?: LatencyMs;
  readonly postgres?: LexicalStoreResult & { readonly bytesPerChunk: number; readonly tsvectorSearch: LatencyMs };
}

const chunksPerDocument = 20;
const documentsPerCommit = 5;

/** Cost: about 3 ms a chunk to fill the store, in a temporary folder that is removed. */
export async function benchLexical(options: LexicalBenchOptions): Promise<LexicalBenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-bench-'));
  const random = seededRandom(42);
  const passages = Array.from({ length: options.chunks }, () => zipfText(random, 120, 0));
  const questions = Array.from({ length: options.questions }, () =>
    analyseQuery(zipfText(random, options.termsPerQuestion, 150), ['en']),
  );
  const store = await createSqliteDocumentStore({ directory, readers: 1 });
  try {
    const sqlite = await measureStore(store, passages, questions);
    return {
      chunks: options.chunks,
      bytesPerChunk: statSync(join(directory, 'acervo.db')).size / options.chunks,
      ...sqlite,
      ...(options.compareFts5 ? { fts5Search: await measureFts5(passages, questions) } : {}),
      ...(options.databaseUrl && { postgres: await measurePostgres(options.databaseUrl, passages, questions) }),
    };
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

async function measureStore(
  store: DocumentStore,
  passages: readonly string[],
  questions: readonly QueryTerm[][],
): Promise<LexicalStoreResult> {
  const filledMs = await fill(store, passages);
  const random = seededRandom(7);
  const keys = Uint32Array.from(passages, (_, nth) => nth + 1);
  const tenth = keys.filter(() => random() < 0.1);
  const hundred = [...keys.filter((key) => key % Math.ceil(passages.length / 100) === 0)];
  const search = async (allowed: Uint32Array | undefined): Promise<LatencyMs> =>
    measure(questions, (terms, context) => store.searchLexical(name, terms, 100, allowed, context));
  await search(undefined);
  const before = process.cpuUsage();
  const searched = await search(undefined);
  const { user, system } = process.cpuUsage(before);
  return {
    commitMsPerChunk: filledMs / passages.length,
    search: searched,
    cpuMsPerSearch: (user + system) / 1_000 / questions.length,
    searchWithTenPercentAllowed: await search(tenth),
    scoreHundred: await measure(questions, (terms, context) => store.scoreLexical(name, terms, hundred, context)),
  };
}

async function measurePostgres(
  url: string,
  passages: readonly string[],
  questions: readonly QueryTerm[][],
): Promise<NonNullable<LexicalBenchResult['postgres']>> {
  const store = await createPostgresDocumentStore({ url });
  const database = new PostgresDatabase({ url });
  const context = (): CallContext => callContext(600_000);
  try {
    const measured = await measureStore(store, passages, questions);
    const [size] = await database.query<{ bytes: number }[]>(
      context(),
      (sql) => sql`
        SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes FROM pg_class c
        WHERE c.relnamespace = 'acervo'::regnamespace AND c.relkind = 'r'`,
    );
    return {
      ...measured,
      bytesPerChunk: (size?.bytes ?? NaN) / passages.length,
      tsvectorSearch: await measureTsvector(database, questions),
    };
  } finally {
    await database.query(context(), (sql) => sql`DROP SCHEMA acervo CASCADE`);
    await database.close();
    await store.close();
  }
}

/** What Postgres comes with: an English tsvector, GIN, words joined by OR, the best 100 by cover density. */
async function measureTsvector(database: PostgresDatabase, questions: readonly QueryTerm[][]): Promise<LatencyMs> {
  const context = callContext(600_000);
  await database.query(
    context,
    (sql) =>
      sql`CREATE TABLE acervo.full_texts AS SELECT key, to_tsvector('english', text) AS words FROM acervo.chunks`,
  );
  await database.query(context, (sql) => sql`CREATE INDEX ON acervo.full_texts USING gin (words)`);
  await database.query(context, (sql) => sql`ANALYZE acervo.full_texts`);
  return await measure(questions, (terms, within) =>
    database.query(
      within,
      (sql) => sql`
        SELECT key, ts_rank_cd(words, q, 1) AS score FROM acervo.full_texts,
          to_tsquery('english', ${terms.map(({ surface }) => surface).join(' | ')}) q
        WHERE words @@ q ORDER BY score DESC LIMIT 100`,
    ),
  );
}

const name = 'bench';

async function fill(store: DocumentStore, passages: readonly string[]): Promise<number> {
  const context = (): CallContext => callContext(60_000);
  const chunking = { size: 1_000, overlap: 200, version: 1 };
  await store.createCollection({ name, embeddingModel: 'none', dimensions: 1, chunking }, context());
  const started = performance.now();
  const perCommit = chunksPerDocument * documentsPerCommit;
  for (let at = 0; at < passages.length; at += perCommit) {
    const batch = passages.slice(at, at + perCommit);
    const put = Array.from({ length: Math.ceil(batch.length / chunksPerDocument) }, (_, nth) =>
      document(`${at}-${nth}`, batch.slice(nth * chunksPerDocument, (nth + 1) * chunksPerDocument)),
    );
    const first = await store.reserveKeys(batch.length, context());
    await store.commit(name, { put, keys: batch.map((_, nth) => first + nth), remove: [] }, context());
  }
  return performance.now() - started;
}

function document(id: string, passages: readonly string[]): NewDocument {
  return {
    id,
    title: id,
    source: id,
    docType: 'text',
    language: 'en',
    date: undefined,
    metadata: {},
    contentHash: id,
    text: passages.join('\n'),
    chunks: passages.map((passage, nth) => ({
      text: passage,
      start: 0,
      end: passage.length,
      headings: [],
      page: undefined,
      passage,
      passageHash: `${id}-${nth}`,
    })),
    embeddings: new Float32Array(passages.length),
  };
}

async function measure(
  questions: readonly QueryTerm[][],
  run: (terms: QueryTerm[], context: CallContext) => unknown,
): Promise<LatencyMs> {
  const times: number[] = [];
  for (const terms of questions) {
    const started = performance.now();
    await run(terms, callContext(60_000));
    times.push(performance.now() - started);
  }
  times.sort((left, right) => left - right);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

async function measureFts5(passages: readonly string[], questions: readonly QueryTerm[][]): Promise<LatencyMs> {
  const connection = openDatabase(':memory:');
  connection.exec(`CREATE VIRTUAL TABLE f USING fts5(surface, stemmed, content='', tokenize='unicode61')`);
  const insert = connection.prepare('INSERT INTO f (rowid, surface, stemmed) VALUES (?, ?, ?)');
  connection.transaction(() => {
    passages.forEach((passage, nth) => {
      const { surface, stemmed } = analyseDocument(passage, 'en');
      insert.run(nth + 1, surface, stemmed);
    });
  })();
  connection.exec(`INSERT INTO f (f) VALUES ('optimize')`);
  const select = connection
    .prepare<[string], [number, number]>('SELECT rowid, rank FROM f WHERE f MATCH ? ORDER BY rank LIMIT 100')
    .raw();
  try {
    return await measure(questions, (terms) =>
      select.all(terms.map(({ surface, stems }) => `surface:"${surface}" OR stemmed:"${stems[0] ?? ''}"`).join(' OR ')),
    );
  } finally {
    connection.close();
  }
}

function zipfText(random: () => number, words: number, skip: number): string {
  const vocabulary = 60_000;
  return Array.from({ length: words }, () => {
    const rank = Math.floor(Math.exp(Math.log(skip + 1) + random() * (Math.log(vocabulary) - Math.log(skip + 1))));
    return `w${rank.toString(36).replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))}`;
  }).join(' ');
}
