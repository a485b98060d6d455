/**
 * One change of a collection in one transaction: documents, chunks, lexical index, counts, generation and the word to
 * the other replicas. The row of the collection is locked first, so commits of one collection follow each other
 * wherever they come from; statements after it see what the one before committed.
 */
import type { PostgresTransaction } from '@acervo/postgres';
import type { Language } from '@acervo/language';

import type { CommitChanges, CommitResult } from '../../document-store';
import { placeDocuments } from '../relational/placed-document';
import { lockCollection } from './collection-rows';
import { insertDocuments } from './document-writer';
import { requireRunning } from './job-rows';
import { addPostings, removePostings } from './lexical-writer';
import { termsOf } from './lexical-terms';

/** Told after each commit, with the collection's name. */
export const changesChannel = 'acervo_changes';

interface StoredDocument {
  readonly row: number;
  readonly id: string;
  readonly language: Language;
  readonly created_at: string;
  readonly keys: readonly number[];
}

/** Errors: COLLECTION_NOT_FOUND, JOB_CANCELLED; RangeError when keys, chunks and embeddings do not go together. */
export async function commit(
  sql: PostgresTransaction,
  name: string,
  changes: CommitChanges,
  runner: string,
): Promise<CommitResult> {
  if (changes.job !== undefined) await requireRunning(sql, changes.job, runner);
  const { id: collection, dimensions, generation } = await lockCollection(sql, name);
  const placed = placeDocuments(changes, dimensions);
  const superseded = await findSuperseded(sql, collection, [...new Set([...changes.remove, ...placed.keys()])]);
  const removedKeys = [...superseded.values()].flatMap(({ keys }) => keys);
  const counts = { pt: 0, en: 0, other: 0 };
  for (const { language, keys } of superseded.values()) counts[language] -= keys.length;
  for (const { document, keys } of placed.values()) counts[document.language] += keys.length;

  const documents = [...placed.values()];
  const terms = documents.map(({ document }) =>
    document.chunks.map(({ passage }) => termsOf(passage, document.language)),
  );
  const removedTokens = await removePostings(sql, collection, removedKeys);
  await sql`DELETE FROM acervo.documents WHERE row = ANY (${[...superseded.values()].map(({ row }) => row)}::int[])`;
  const createdAt = new Map([...superseded].map(([id, { created_at }]) => [id, created_at]));
  await insertDocuments(sql, collection, documents, createdAt);
  const passages = documents.flatMap(({ keys }, nth) =>
    (terms[nth] ?? []).map((passage, ordinal) => ({ ...passage, key: keys[ordinal] ?? 0 })),
  );
  await addPostings(sql, collection, passages);
  const tokens = passages.reduce((sum, { length }) => sum + length, 0) - removedTokens;
  await sql`
    UPDATE acervo.collections SET generation = generation + 1, documents = documents + ${placed.size - superseded.size},
      chunks_pt = chunks_pt + ${counts.pt}, chunks_en = chunks_en + ${counts.en},
      chunks_other = chunks_other + ${counts.other}, tokens = tokens + ${tokens} WHERE id = ${collection}`;
  const visible = new Set(documents.flatMap(({ keys }) => keys));
  return {
    generation: generation + 1,
    removedKeys: [...removedKeys, ...changes.keys.filter((key) => !visible.has(key))],
    removedDocuments: [...new Set(changes.remove)].filter((id) => superseded.has(id) && !placed.has(id)),
  };
}

/** Reaches whoever listens when the transaction has committed, and nobody when it has not. */
export async function tellChange(sql: PostgresTransaction, name: string): Promise<void> {
  await sql`SELECT pg_notify(${changesChannel}, ${name})`;
}

async function findSuperseded(
  sql: PostgresTransaction,
  collection: number,
  ids: readonly string[],
): Promise<Map<string, StoredDocument>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<StoredDocument[]>`
    SELECT d.row, d.id, d.language, d.created_at,
      ARRAY (SELECT key FROM acervo.chunks c WHERE c.document = d.row ORDER BY key) AS keys
    FROM acervo.documents d WHERE d.collection = ${collection} AND d.id = ANY (${ids as string[]}::text[])`;
  return new Map(rows.map((row) => [row.id, row]));
}
