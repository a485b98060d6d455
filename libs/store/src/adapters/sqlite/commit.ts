/** One change of a collection in one transaction: documents, chunks, lexical index, counts and generation together. */
import type { Language } from '@acervo/language';

import type { CommitChanges, CommitResult } from '../../document-store';
import { placeDocuments, type PlacedDocument } from '../relational/placed-document';
import type { CollectionTable } from './collection-table';
import type { Connection } from './connection';
import { DocumentWriter, type StoredDocument } from './document-writer';
import { LexicalWriter, maxFreshPostings, type IndexedPassage } from './lexical-writer';

export class Committer {
  private readonly documents: DocumentWriter;
  private readonly lexical: LexicalWriter;
  private readonly updateCounts;

  constructor(
    private readonly connection: Connection,
    private readonly collections: CollectionTable,
    maxFresh: number = maxFreshPostings,
  ) {
    this.documents = new DocumentWriter(connection);
    this.lexical = new LexicalWriter(connection, maxFresh);
    this.updateCounts = connection.prepare(
      `UPDATE collections SET generation = generation + 1, documents = documents + :documents,
         chunks_pt = chunks_pt + :pt, chunks_en = chunks_en + :en, chunks_other = chunks_other + :other,
         tokens = tokens + :tokens WHERE id = :collection`,
    );
  }

  /** Errors: COLLECTION_NOT_FOUND; RangeError when keys, chunks and embeddings do not go together. */
  commit(name: string, changes: CommitChanges): CommitResult {
    try {
      return this.connection.transaction(() => this.apply(name, changes)).immediate();
    } catch (error) {
      this.lexical.forget();
      throw error;
    }
  }

  /** To be called when terms vanished without a commit: with a whole collection. */
  forgetTerms(): void {
    this.lexical.forget();
  }

  private apply(name: string, changes: CommitChanges): CommitResult {
    const { id: collection, dimensions, generation } = this.collections.rowOf(name);
    const placed = placeDocuments(changes, dimensions);
    const superseded = this.findSuperseded(collection, [...new Set([...changes.remove, ...placed.keys()])]);
    const removedKeys = [...superseded.values()].flatMap(({ keys }) => keys);
    const counts = { collection, documents: placed.size - superseded.size, pt: 0, en: 0, other: 0, tokens: 0 };
    for (const { language, keys } of superseded.values()) counts[language as Language] -= keys.length;
    for (const { document, keys } of placed.values()) counts[document.language] += keys.length;

    counts.tokens = this.lexical.apply(collection, removedKeys, [...placed.values()].flatMap(passagesOf));
    for (const stored of superseded.values()) this.documents.remove(stored);
    const now = new Date().toISOString();
    for (const [id, { document, keys }] of placed) {
      this.documents.insert(collection, document, keys, superseded.get(id)?.createdAt ?? now, now);
    }
    this.updateCounts.run(counts);
    const visible = new Set([...placed.values()].flatMap(({ keys }) => keys));
    return {
      generation: generation + 1,
      removedKeys: [...removedKeys, ...changes.keys.filter((key) => !visible.has(key))],
      removedDocuments: [...new Set(changes.remove)].filter((id) => superseded.has(id) && !placed.has(id)),
    };
  }

  private findSuperseded(collection: number, ids: readonly string[]): Map<string, StoredDocument> {
    const found = new Map<string, StoredDocument>();
    for (const id of ids) {
      const stored = this.documents.find(collection, id);
      if (stored !== undefined) found.set(id, stored);
    }
    return found;
  }
}

function passagesOf({ document, keys }: PlacedDocument): IndexedPassage[] {
  return document.chunks.map(({ passage }, nth) => ({
    key: keys[nth] ?? 0,
    passage,
    language: document.language,
  }));
}
