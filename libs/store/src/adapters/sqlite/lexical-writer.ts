/**
 * Keeps the inverted index in step with the chunks, inside the transaction of a commit. Removal is physical: the terms
 * of a chunk are read from `chunk_terms`, their postings rewritten, unused terms deleted. Nothing is left to filter out
 * when reading, and no deleted word stays in the file.
 */
import { analyseDocument, type Language } from '@acervo/language';

import type { Connection } from './connection';
import {
  decodePostings,
  decodeTermCounts,
  encodePostings,
  encodeTermCounts,
  maxBlockPostings,
  type Posting,
} from './postings';
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

interface Block {
  readonly first_key: number;
  readonly entries: Uint8Array;
}

export class LexicalWriter {
  private readonly dictionary: TermDictionary;
  private readonly statements;

  constructor(connection: Connection) {
    this.dictionary = new TermDictionary(connection);
    this.statements = {
      selectChunk: connection.prepare<[number], { length: number; terms: Uint8Array }>(
        'SELECT length, terms FROM chunk_terms WHERE key = ?',
      ),
      insertChunk: connection.prepare<[number, number, Uint8Array]>('INSERT INTO chunk_terms VALUES (?, ?, ?)'),
      deleteChunk: connection.prepare<[number]>('DELETE FROM chunk_terms WHERE key = ?'),
      selectBlock: connection.prepare<[number, number], Block>(
        'SELECT first_key, entries FROM postings WHERE term = ? AND first_key <= ? ORDER BY first_key DESC LIMIT 1',
      ),
      selectNext: connection
        .prepare<[number, number], number | null>(
          'SELECT min(first_key) FROM postings WHERE term = ? AND first_key > ?',
        )
        .pluck(),
      deleteBlock: connection.prepare<[number, number]>('DELETE FROM postings WHERE term = ? AND first_key = ?'),
      upsertBlock: connection.prepare<[number, number, Uint8Array]>('INSERT OR REPLACE INTO postings VALUES (?, ?, ?)'),
      count: connection
        .prepare<[number, number], number>(
          'UPDATE terms SET frequency = frequency + ? WHERE id = ? RETURNING frequency',
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
    for (const [term, change] of changes) this.rewrite(term, change);
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

  /** Rewrites only the blocks that hold a touched key: a document replaced in a large collection costs little. */
  private rewrite(term: number, { added, removed }: TermChange): void {
    const touched = [...added.map(({ key }) => key), ...removed].sort((left, right) => left - right);
    let at = 0;
    for (let key = touched[0]; key !== undefined; key = touched[at]) {
      const block = this.statements.selectBlock.get(term, key);
      const next = this.statements.selectNext.get(term, block?.first_key ?? key) ?? Infinity;
      const from = key;
      const fresh = added.filter((posting) => posting.key >= from && posting.key < next);
      this.rewriteBlock(term, block, removed, fresh);
      while ((touched[at] ?? Infinity) < next) at += 1;
    }
    if (this.statements.count.get(added.length - removed.size, term) === 0) {
      this.statements.deleteTerm.run(term);
      this.dictionary.forget();
    }
  }

  private rewriteBlock(term: number, block: Block | undefined, removed: Set<number>, fresh: readonly Posting[]): void {
    const kept =
      block === undefined ? [] : decodePostings(block.entries, block.first_key).filter(({ key }) => !removed.has(key));
    const merged = [...kept, ...fresh].sort((left, right) => left.key - right.key);
    if (block !== undefined && merged[0]?.key !== block.first_key) {
      this.statements.deleteBlock.run(term, block.first_key);
    }
    for (let at = 0; at < merged.length; at += maxBlockPostings) {
      const part = merged.slice(at, at + maxBlockPostings);
      const firstKey = part[0]?.key ?? 0;
      this.statements.upsertBlock.run(term, firstKey, encodePostings(part, firstKey));
    }
  }
}

function changeOf(changes: Map<number, TermChange>, term: number): TermChange {
  const known = changes.get(term);
  if (known !== undefined) return known;
  const change: TermChange = { added: [], removed: new Set() };
  changes.set(term, change);
  return change;
}
