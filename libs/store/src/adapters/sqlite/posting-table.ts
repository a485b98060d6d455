import type { Connection } from './connection';
import { decodePostings, encodePostings, maxBlockPostings, type Posting } from './postings';

/**
 * Posting lists come in two tables of one shape. A commit touches thousands of terms, and in the large table nearly each
 * lies on a page of its own: 0.3 MB of log a chunk. So commits write to the small `fresh_postings`, whose pages they
 * share, and now and then its whole content moves to `postings` in order of term. Readers add both up.
 */
export type PostingTableName = 'postings' | 'fresh_postings';
export const postingTables: readonly PostingTableName[] = ['postings', 'fresh_postings'];

export interface Block {
  readonly term: number;
  readonly first_key: number;
  readonly entries: Uint8Array;
}

/** One of the two tables, for the writer. */
export class PostingTable {
  private readonly statements;

  constructor(connection: Connection, name: PostingTableName) {
    this.statements = {
      selectBlock: connection.prepare<[number, number], Block>(
        `SELECT * FROM ${name} WHERE term = ? AND first_key <= ? ORDER BY first_key DESC LIMIT 1`,
      ),
      selectNext: connection
        .prepare<[number, number], number | null>(`SELECT min(first_key) FROM ${name} WHERE term = ? AND first_key > ?`)
        .pluck(),
      selectPage: connection.prepare<[number, number, number], Block>(
        `SELECT * FROM ${name} WHERE (term, first_key) > (?, ?) ORDER BY term, first_key LIMIT ?`,
      ),
      insert: connection.prepare<[number, number, Uint8Array]>(`INSERT INTO ${name} VALUES (?, ?, ?)`),
      update: connection.prepare<[Uint8Array, number, number]>(
        `UPDATE ${name} SET entries = ? WHERE term = ? AND first_key = ?`,
      ),
      delete: connection.prepare<[number, number]>(`DELETE FROM ${name} WHERE term = ? AND first_key = ?`),
      clear: connection.prepare<[]>(`DELETE FROM ${name}`),
    };
  }

  /** `postings` ascending by key. Rewrites the blocks they belong to, no others. */
  add(term: number, postings: readonly Posting[]): void {
    let at = 0;
    for (let first = postings[0]; first !== undefined; first = postings[at]) {
      const block = this.statements.selectBlock.get(term, first.key);
      const next = this.statements.selectNext.get(term, block?.first_key ?? first.key) ?? Infinity;
      const from = at;
      while ((postings[at]?.key ?? Infinity) < next) at += 1;
      this.write(term, block, [...decode(block), ...postings.slice(from, at)]);
    }
  }

  /** Keys that are not here are ignored. */
  remove(term: number, keys: ReadonlySet<number>): void {
    const left = new Set(keys);
    for (const key of left) {
      const block = this.statements.selectBlock.get(term, key);
      const postings = decode(block);
      const kept = postings.filter((posting) => !left.has(posting.key));
      for (const posting of postings) left.delete(posting.key);
      if (kept.length < postings.length) this.write(term, block, kept);
    }
  }

  /** A page of blocks after the given one, in order of term and key. */
  page(after: Pick<Block, 'term' | 'first_key'>, limit: number): readonly Block[] {
    return this.statements.selectPage.all(after.term, after.first_key, limit);
  }

  clear(): void {
    this.statements.clear.run();
  }

  /** `postings` take the place of `block`, in as many blocks as they need. */
  private write(term: number, block: Block | undefined, postings: Posting[]): void {
    postings.sort((left, right) => left.key - right.key);
    const firstKey = postings[0]?.key;
    if (block !== undefined && block.first_key !== firstKey) this.statements.delete.run(term, block.first_key);
    for (let at = 0; at < postings.length; at += maxBlockPostings) {
      const part = postings.slice(at, at + maxBlockPostings);
      const key = part[0]?.key ?? 0;
      const bytes = encodePostings(part, key);
      if (key === block?.first_key) this.statements.update.run(bytes, term, key);
      else this.statements.insert.run(term, key, bytes);
    }
  }
}

function decode(block: Block | undefined): Posting[] {
  return block === undefined ? [] : decodePostings(block.entries, block.first_key);
}
