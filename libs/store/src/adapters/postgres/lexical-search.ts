/**
 * BM25 over the posting blocks (bm25.ts has the formula): the database hands out the occurrences of the terms of a
 * query, one row a term and all from one snapshot; this adds them up. Scores are those of the SQLite adapter.
 */
import type { QueryTerm } from '@acervo/language';
import type { PostgresDatabase } from '@acervo/postgres';
import type { CallContext } from '@acervo/kernel';

import { inverseDocumentFrequency, lengthNorm, surfaceShare } from '../../bm25';
import type { LexicalResult } from '../../document-store';
import { KeySet } from '../../key-set';
import type { ChunkKey } from '../../model';
import { ScoreTable } from '../../score-table';
import { collectionMissing } from '../relational/collection-row';
import { stemTerm, surfaceTerm } from './lexical-terms';
import { blockOf, eachPosting, postingBytes } from './posting-block';

interface TermRow {
  readonly chunks: number;
  readonly tokens: number;
  readonly term: string | null;
  readonly frequency: number | null;
  /** Null when none lies in the blocks that were asked for. */
  readonly entries: Buffer | null;
}

interface WeightedPostings {
  readonly weight: number;
  readonly entries: Buffer;
}

interface Weighed {
  readonly postings: readonly WeightedPostings[];
  readonly idfSum: number;
  readonly chunks: number;
  readonly averageLength: number;
}

/** Up to here all scores go along with the best. */
const maxListed = 4_096;
/** Up to here the blocks of the allowed keys are asked for one by one. */
const maxListedBlocks = 1_000;

export async function searchLexical(
  database: PostgresDatabase,
  collection: string,
  terms: readonly QueryTerm[],
  limit: number,
  allowed: Uint32Array | undefined,
  context: CallContext,
): Promise<LexicalResult> {
  const weighed = await weigh(database, collection, terms, allowed, context);
  const table = addUp(weighed, allowed);
  const { idfSum } = weighed;
  return { hits: table.best(limit, idfSum), idfSum, all: table.all(maxListed, idfSum) };
}

export async function scoreLexical(
  database: PostgresDatabase,
  collection: string,
  terms: readonly QueryTerm[],
  keys: readonly ChunkKey[],
  context: CallContext,
): Promise<readonly number[]> {
  const sorted = Uint32Array.from(keys).sort();
  const weighed = await weigh(database, collection, terms, sorted, context);
  const scores = new Map(
    addUp(weighed, sorted)
      .best(sorted.length, weighed.idfSum)
      .map((hit) => [hit.key, hit.score]),
  );
  return keys.map((key) => scores.get(key) ?? 0);
}

async function weigh(
  database: PostgresDatabase,
  collection: string,
  terms: readonly QueryTerm[],
  allowed: Uint32Array | undefined,
  context: CallContext,
): Promise<Weighed> {
  const wanted = terms.flatMap(({ surface, stems }) => [surfaceTerm(surface), ...stems.map(stemTerm)]);
  const rows = await fetchPostings(database, collection, [...new Set(wanted)], allowed, context);
  const [first] = rows;
  if (first === undefined) throw collectionMissing(collection);
  const byTerm = new Map(rows.map((row) => [row.term, row]));
  const postings: WeightedPostings[] = [];
  let idfSum = 0;
  for (const { surface, stems } of terms) {
    const stemRows = stems.map((stem) => byTerm.get(stemTerm(stem)));
    const holding = stemRows.reduce((sum, row) => sum + (row?.frequency ?? 0), 0);
    const idf = inverseDocumentFrequency(first.chunks, holding);
    idfSum += idf;
    for (const row of stemRows)
      if (row?.entries) postings.push({ weight: idf * (1 - surfaceShare), entries: row.entries });
    const entries = byTerm.get(surfaceTerm(surface))?.entries;
    if (entries) postings.push({ weight: idf * surfaceShare, entries });
  }
  return {
    postings,
    idfSum,
    chunks: first.chunks,
    averageLength: first.chunks === 0 ? 0 : first.tokens / first.chunks,
  };
}

async function fetchPostings(
  database: PostgresDatabase,
  collection: string,
  terms: readonly string[],
  allowed: Uint32Array | undefined,
  context: CallContext,
): Promise<readonly TermRow[]> {
  const blocks = allowed === undefined ? undefined : [...new Set(Array.from(allowed, blockOf))];
  const isListed = blocks !== undefined && blocks.length <= maxListedBlocks;
  const from = blockOf(allowed?.[0] ?? 0);
  const to = allowed === undefined ? 0x7fff_ffff : blockOf(allowed.at(-1) ?? 0);
  return await database.query<TermRow[]>(context, (sql) => {
    const wanted = isListed ? sql`block = ANY (${blocks}::int[])` : sql`block BETWEEN ${from} AND ${to}`;
    return sql`
      SELECT c.chunks_pt + c.chunks_en + c.chunks_other AS chunks, c.tokens, p.term, p.frequency, p.entries
      FROM acervo.collections c LEFT JOIN LATERAL (
        SELECT term, (sum(octet_length(entries)) / ${postingBytes}::int)::int AS frequency,
          string_agg(entries, ''::bytea) FILTER (WHERE ${wanted}) AS entries
        FROM acervo.postings WHERE collection = c.id AND term = ANY (${terms as string[]}::text[]) GROUP BY term
      ) p ON true WHERE c.name = ${collection}`;
  });
}

function addUp({ postings, chunks, averageLength }: Weighed, allowed: Uint32Array | undefined): ScoreTable {
  const found = postings.reduce((sum, { entries }) => sum + entries.length / postingBytes, 0);
  const table = new ScoreTable(Math.min(found, allowed?.length ?? chunks));
  const filter = allowed && new KeySet(allowed);
  const baseNorm = lengthNorm(0, averageLength);
  const normPerToken = lengthNorm(1, averageLength) - baseNorm;
  for (const { weight, entries } of postings) {
    eachPosting(entries, (key, count, length) => {
      if (filter?.has(key) === false) return;
      table.add(key, (weight * count) / (count + baseNorm + normPerToken * length));
    });
  }
  return table;
}
