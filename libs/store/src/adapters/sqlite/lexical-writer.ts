/**
 * Keeps the inverted index in step with the chunks, inside the transaction of a commit. Removal is physical: the terms
 * of a chunk are read from `chunk_terms`, their postings rewritten, unused terms deleted. Nothing is left to filter out
 * when reading, and no deleted word stays in the file.
 */
import { analyseDocument, type Language } from '@acervo/language';

import type { Connection } from './connection';
import { PostingTable, type Block } from './posting-table';
import { decodePostings, decodeTermCounts, encodeTermCounts, type Posting } from './postings';
import { stemKind, surfaceKind, TermDictionary } from './term-dictionary';

export interface IndexedPassage {
  readonly key: number;
  readonly passage: string;
  readonly language: Language;
}

interface TermChange {
  readonly added: Posting[];
  readonly removed: Set<number>;
}

/** Postings that `fresh_postings` gathers before they move: about 1,000 chunks, some 3 MB. */
export const maxFreshPostings = 250_000;
const movedBlocksPerPage = 1_000;

export class LexicalWriter {
  private readonly dictionary: TermDictionary;
  private readonly settled: PostingTable;
  private readonly fresh: PostingTable;
  private readonly statements;

  constructor(
    connection: Connection,
    private readonly maxFresh: number,
  ) {
    this.settled = new PostingTable(connection, 'postings');
    this.fresh = new PostingTable(connection, 'fresh_postings');
    this.dictionary = new TermDictionary(connection);
    this.statements = {
      selectChunk: connection.prepare<[number], { length: number; terms: Uint8Array }>(
        'SELECT length, terms FROM chunk_terms WHERE key = ?',
      ),
      insertChunk: connection.prepare<[number, number, Uint8Array]>('INSERT INTO chunk_terms VALUES (?, ?, ?)'),
      deleteChunk: connection.prepare<[number]>('DELETE FROM chunk_terms WHERE key = ?'),
      count: connection
        .prepare<[number, number], number>(
          'UPDATE terms SET frequency = frequency + ? WHERE id = ? RETURNING frequency',
        )
        .pluck(),
      countFresh: connection
        .prepare<[number], number>(
          `UPDATE counters SET value = value + ? WHERE name = 'fresh_postings' RETURNING value`,
        )
        .pluck(),
      deleteTerm: connection.prepare<[number]>('DELETE FROM terms WHERE id = ?'),
    };
  }

  /** Gives back by how much the tokens of the collection grew. */
  apply(collection: number, removedKeys: readonly number[], added: readonly IndexedPassage[]): number {
    const changes = new Map<number, TermChange>();
    let tokens = 0;
    for (const key of removedKeys) tokens -= this.collectRemoval(key, changes);
    for (const passage of added) tokens += this.collectAddition(collection, passage, changes);
    let postings = 0;
    for (const [term, change] of changes) {
      this.rewrite(term, change);
      postings += change.added.length;
    }
    const fresh = this.statements.countFresh.get(postings) ?? 0;
    if (fresh > this.maxFresh) this.settle(fresh);
    return tokens;
  }

  /** To be called after a rollback. */
  forget(): void {
    this.dictionary.forget();
  }

  private collectRemoval(key: number, changes: Map<number, TermChange>): number {
    const chunk = this.statements.selectChunk.get(key);
    if (chunk === undefined) return 0;
    for (const term of decodeTermCounts(chunk.terms).keys()) changeOf(changes, term).removed.add(key);
    this.statements.deleteChunk.run(key);
    return chunk.length;
  }

  private collectAddition(
    collection: number,
    { key, passage, language }: IndexedPassage,
    changes: Map<number, TermChange>,
  ): number {
    const { surface, stemmed } = analyseDocument(passage, language);
    const counts = new Map<number, number>();
    const length = this.count(collection, stemKind, stemmed, counts);
    this.count(collection, surfaceKind, surface, counts);
    for (const [term, count] of counts) changeOf(changes, term).added.push({ key, count, length });
    this.statements.insertChunk.run(key, length, encodeTermCounts(counts));
    return length;
  }

  private count(
    collection: number,
    kind: typeof stemKind | typeof surfaceKind,
    tokens: string,
    counts: Map<number, number>,
  ): number {
    if (tokens === '') return 0;
    const words = tokens.split(' ');
    for (const word of words) {
      const id = this.dictionary.idOf(collection, kind, word);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return words.length;
  }

  private rewrite(term: number, { added, removed }: TermChange): void {
    if (removed.size > 0) {
      this.settled.remove(term, removed);
      this.fresh.remove(term, removed);
    }
    this.fresh.add(
      term,
      added.sort((left, right) => left.key - right.key),
    );
    if (this.statements.count.get(added.length - removed.size, term) === 0) {
      this.statements.deleteTerm.run(term);
      this.dictionary.forget();
    }
  }

  /** Moves all fresh postings to their place in the large table: some 0.3 s, once in 1,000 chunks. */
  private settle(fresh: number): void {
    let last: Pick<Block, 'term' | 'first_key'> = { term: 0, first_key: 0 };
    for (let page = this.fresh.page(last, movedBlocksPerPage); page.length > 0;) {
      for (const block of page) {
        this.settled.add(block.term, decodePostings(block.entries, block.first_key));
        last = block;
      }
      page = this.fresh.page(last, movedBlocksPerPage);
    }
    this.fresh.clear();
    this.statements.countFresh.get(-fresh);
  }
}

function changeOf(changes: Map<number, TermChange>, term: number): TermChange {
  const known = changes.get(term);
  if (known !== undefined) return known;
  const change: TermChange = { added: [], removed: new Set() };
  changes.set(term, change);
  return change;
}
