/**
 * BM25 over the posting lists (bm25.ts has the formula). Own lists instead of FTS5, for three reasons: the score stays
 * within Σ idf by construction, a set of allowed chunks costs one bit test a posting, and it is four times faster
 * (FTS5 looks up each matching row's size in a table and decodes positions that BM25 does not need; figures in
 * bench/lexical.bench.ts).
 */
import type { QueryTerm } from '@acervo/language';

import type { LexicalResult } from '../../document-store';
import { inverseDocumentFrequency, lengthNorm, surfaceShare } from '../../bm25';
import type { Connection } from './connection';
import { KeySet } from '../../key-set';
import { postingTables, type PostingTableName } from './posting-table';
import { countTerms } from './postings';
import { ScoreTable } from '../../score-table';
import { stemKind, surfaceKind, type TermKind } from './term-dictionary';

export interface LexicalCollection {
  readonly id: number;
  readonly chunks: number;
  readonly averageLength: number;
}

interface WeightedTerm {
  readonly id: number;
  readonly weight: number;
  readonly frequency: number;
}

interface QueryWeights {
  /** Ascending ids. A term may come twice when two words of the query share it. */
  readonly terms: readonly WeightedTerm[];
  readonly idfSum: number;
}

/** Up to here it is cheaper to read the terms of each allowed chunk than all postings. */
const maxDirectlyScored = 64;
/** Up to here all scores go along with the best: a second question about some of them costs more than their copy. */
const maxListed = 4_096;

export class LexicalReader {
  private readonly selectTerm;
  private readonly selectBlocks;
  private readonly selectChunk;

  constructor(connection: Connection) {
    this.selectTerm = connection.prepare<[number, TermKind, string], { id: number; frequency: number }>(
      'SELECT id, frequency FROM terms WHERE collection = ? AND kind = ? AND text = ?',
    );
    const blocks = (name: PostingTableName): string =>
      `SELECT first_key, entries FROM ${name} WHERE term = :term AND first_key <= :to AND first_key >= coalesce(
         (SELECT max(first_key) FROM ${name} WHERE term = :term AND first_key <= :from), 0)`;
    this.selectBlocks = connection
      .prepare<[{ term: number; from: number; to: number }], [number, Uint8Array]>(
        postingTables.map(blocks).join(' UNION ALL '),
      )
      .raw();
    this.selectChunk = connection.prepare<[number], { length: number; terms: Uint8Array }>(
      'SELECT length, terms FROM chunk_terms WHERE key = ?',
    );
  }

  search(
    collection: LexicalCollection,
    terms: readonly QueryTerm[],
    limit: number,
    allowed: Uint32Array | undefined,
  ): LexicalResult {
    const query = this.weigh(collection, terms);
    const { idfSum } = query;
    if (allowed !== undefined && allowed.length <= maxDirectlyScored) {
      const table = this.scoreAllowed(collection, query, allowed);
      return { hits: table.best(limit, idfSum), idfSum, all: table.all(maxListed, idfSum) };
    }
    const postings = query.terms.reduce((sum, { frequency }) => sum + frequency, 0);
    const table = new ScoreTable(Math.min(postings, allowed?.length ?? collection.chunks));
    const filter = allowed && new KeySet(allowed);
    for (const term of query.terms) this.addPostings(collection, term, filter, table);
    return { hits: table.best(limit, idfSum), idfSum, all: table.all(maxListed, idfSum) };
  }

  score(collection: LexicalCollection, terms: readonly QueryTerm[], keys: ArrayLike<number>): number[] {
    return this.scoreDirectly(collection, this.weigh(collection, terms), keys);
  }

  private weigh(collection: LexicalCollection, terms: readonly QueryTerm[]): QueryWeights {
    const weighted: WeightedTerm[] = [];
    let idfSum = 0;
    for (const { surface, stems } of terms) {
      const stemTerms = stems.map((stem) => this.selectTerm.get(collection.id, stemKind, stem));
      const holding = stemTerms.reduce((sum, term) => sum + (term?.frequency ?? 0), 0);
      const idf = inverseDocumentFrequency(collection.chunks, holding);
      idfSum += idf;
      for (const term of stemTerms) if (term) weighted.push({ ...term, weight: idf * (1 - surfaceShare) });
      const surfaceTerm = this.selectTerm.get(collection.id, surfaceKind, surface);
      if (surfaceTerm) weighted.push({ ...surfaceTerm, weight: idf * surfaceShare });
    }
    return { terms: weighted.sort((left, right) => left.id - right.id), idfSum };
  }

  private scoreAllowed(collection: LexicalCollection, query: QueryWeights, allowed: Uint32Array): ScoreTable {
    const table = new ScoreTable(allowed.length);
    this.scoreDirectly(collection, query, allowed).forEach((score, nth) => {
      if (score > 0) table.add(allowed[nth] ?? 0, score);
    });
    return table;
  }

  private scoreDirectly({ averageLength }: LexicalCollection, query: QueryWeights, keys: ArrayLike<number>): number[] {
    const ids = [...new Set(query.terms.map(({ id }) => id))];
    const weights = ids.map((id) => query.terms.reduce((sum, term) => sum + (term.id === id ? term.weight : 0), 0));
    return Array.from(keys, (key) => {
      const chunk = this.selectChunk.get(key);
      if (chunk === undefined) return 0;
      const norm = lengthNorm(chunk.length, averageLength);
      const score = countTerms(chunk.terms, ids).reduce(
        (sum, count, nth) => sum + ((weights[nth] ?? 0) * count) / (count + norm),
        0,
      );
      return Math.min(score, query.idfSum);
    });
  }

  /** The hot loop: decodes in place, without an object a posting. */
  private addPostings(
    { averageLength }: LexicalCollection,
    { id, weight }: WeightedTerm,
    filter: KeySet | undefined,
    table: ScoreTable,
  ): void {
    const baseNorm = lengthNorm(0, averageLength);
    const normPerToken = lengthNorm(1, averageLength) - baseNorm;
    for (const [firstKey, bytes] of this.selectBlocks.all({
      term: id,
      from: filter?.first ?? 0,
      to: filter?.last ?? 0xffff_ffff,
    })) {
      let key = firstKey;
      let field = 0;
      let count = 0;
      let value = 0;
      let shift = 0;
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] ?? 0;
        value |= (byte & 0x7f) << shift;
        if (byte >= 0x80) {
          shift += 7;
          continue;
        }
        if (field === 0) key += value >>> 0;
        else if (field === 1) count = value;
        else if (filter === undefined || filter.has(key)) {
          table.add(key, (weight * count) / (count + baseNorm + normPerToken * value));
        }
        field = field === 2 ? 0 : field + 1;
        value = 0;
        shift = 0;
      }
    }
  }
}
