/**
 * Keeps the posting blocks in step with the chunks, inside the transaction of a commit. Removal is physical: the terms
 * of a chunk are read from `chunk_terms` and its bytes cut out of their blocks, so nothing is left to filter out when
 * reading.
 */
import type { PostgresTransaction } from '@acervo/postgres';

import type { ChunkKey } from '../../model';
import { toBytea } from './bytea';
import type { PassageTerms } from './lexical-terms';
import { blockOf, encodePostings, withoutKeys, type Posting } from './posting-block';

interface BlockRow {
  readonly term: string;
  readonly block: number;
  readonly entries: Buffer;
}

export interface IndexedPassage extends PassageTerms {
  readonly key: ChunkKey;
}

/** The chunks must be there already. */
export async function addPostings(
  sql: PostgresTransaction,
  collection: number,
  passages: readonly IndexedPassage[],
): Promise<void> {
  if (passages.length === 0) return;
  const blocks = [...gather(passages)].flatMap(([term, byBlock]) =>
    [...byBlock].map(([block, postings]) => ({ term, block, entries: encodePostings(postings) })),
  );
  await sql`
    INSERT INTO acervo.chunk_terms SELECT key, length, string_to_array(terms, ' ')
    FROM unnest(${passages.map(({ key }) => key)}::int[], ${passages.map(({ length }) => length)}::int[],
      ${passages.map(({ counts }) => [...counts.keys()].join(' '))}::text[]) AS t (key, length, terms)`;
  await sql`
    INSERT INTO acervo.postings AS p SELECT ${collection}::int, * FROM ${unnestBlocks(sql, blocks)}
    ON CONFLICT (collection, term, block) DO UPDATE SET entries = p.entries || excluded.entries`;
}

/** To be called before the chunks go. Gives the tokens that they had. */
export async function removePostings(
  sql: PostgresTransaction,
  collection: number,
  keys: readonly ChunkKey[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const chunks = await sql<{ key: number; length: number; terms: string[] }[]>`
    SELECT key, length, terms FROM acervo.chunk_terms WHERE key = ANY (${keys as number[]}::int[])`;
  const touched = new Map<string, Set<number>>();
  for (const { key, terms } of chunks) {
    for (const term of terms) {
      const blocks = touched.get(term) ?? new Set();
      touched.set(term, blocks.add(blockOf(key)));
    }
  }
  const pairs = [...touched].flatMap(([term, blocks]) => [...blocks].map((block) => ({ term, block })));
  const rows = await sql<BlockRow[]>`
    SELECT p.term, p.block, p.entries FROM acervo.postings p
    JOIN unnest(${pairs.map(({ term }) => term)}::text[], ${pairs.map(({ block }) => block)}::int[]) AS t (term, block)
      ON p.collection = ${collection} AND p.term = t.term AND p.block = t.block`;
  const gone = new Set(keys);
  const left = rows.map((row) => ({ ...row, entries: withoutKeys(row.entries, gone) }));
  await writeBlocks(sql, collection, left);
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

async function writeBlocks(sql: PostgresTransaction, collection: number, blocks: readonly BlockRow[]): Promise<void> {
  const kept = blocks.filter(({ entries }) => entries.length > 0);
  const empty = blocks.filter(({ entries }) => entries.length === 0);
  if (kept.length > 0) {
    await sql`
      UPDATE acervo.postings p SET entries = t.entries FROM ${unnestBlocks(sql, kept)}
      WHERE p.collection = ${collection} AND p.term = t.term AND p.block = t.block`;
  }
  if (empty.length > 0) {
    await sql`
      DELETE FROM acervo.postings p USING ${unnestBlocks(sql, empty)}
      WHERE p.collection = ${collection} AND p.term = t.term AND p.block = t.block`;
  }
}

function unnestBlocks(sql: PostgresTransaction, blocks: readonly BlockRow[]): ReturnType<PostgresTransaction> {
  return sql`unnest(${blocks.map(({ term }) => term)}::text[], ${blocks.map(({ block }) => block)}::int[],
    ${blocks.map(({ entries }) => toBytea(entries))}::text[]::bytea[]) AS t (term, block, entries)`;
}

/** Term → block → postings. */
function gather(passages: readonly IndexedPassage[]): Map<string, Map<number, Posting[]>> {
  const gathered = new Map<string, Map<number, Posting[]>>();
  for (const { key, length, counts } of passages) {
    for (const [term, count] of counts) {
      const blocks = gathered.get(term) ?? new Map<number, Posting[]>();
      gathered.set(term, blocks);
      const postings = blocks.get(blockOf(key)) ?? [];
      blocks.set(blockOf(key), postings);
      postings.push({ key, count, length });
    }
  }
  return gathered;
}
