import { fail } from '@acervo/problem';

import type { Collection, CollectionSpec } from '../../model';
import { collectionMissing, toCollection, type CollectionRow } from '../relational/collection-row';
import type { Connection } from './connection';

export class CollectionTable {
  private readonly statements;

  constructor(private readonly connection: Connection) {
    this.statements = {
      select: connection.prepare<[string], CollectionRow>('SELECT * FROM collections WHERE name = ?'),
      list: connection.prepare<[], CollectionRow>('SELECT * FROM collections ORDER BY name'),
    };
  }

  find(name: string): Collection | undefined {
    const row = this.statements.select.get(name);
    return row === undefined ? undefined : toCollection(row);
  }

  list(): Collection[] {
    return this.statements.list.all().map(toCollection);
  }

  /** Errors: COLLECTION_NOT_FOUND. */
  rowOf(name: string): CollectionRow {
    const row = this.statements.select.get(name);
    if (row !== undefined) return row;
    throw collectionMissing(name);
  }

  /** Errors: COLLECTION_EXISTS. A name that was used before goes on with a higher generation: no cache mistakes them. */
  create(spec: CollectionSpec): Collection {
    if (this.find(spec.name) !== undefined) {
      throw fail('COLLECTION_EXISTS', `The collection "${spec.name}" exists already.`, {
        collection: spec.name,
      });
    }
    this.connection
      .prepare(
        `INSERT INTO collections (name, embedding_model, dimensions, chunk_size, chunk_overlap, chunk_version,
           generation, created_at)
         VALUES (?, ?, ?, ?, ?, ?, (SELECT value FROM counters WHERE name = 'next_generation'), ?)`,
      )
      .run(
        spec.name,
        spec.embeddingModel,
        spec.dimensions,
        spec.chunking.size,
        spec.chunking.overlap,
        spec.chunking.version,
        new Date().toISOString(),
      );
    return toCollection(this.rowOf(spec.name));
  }

  delete(name: string): boolean {
    const row = this.statements.select.get(name);
    if (row === undefined) return false;
    this.connection
      .prepare(`UPDATE counters SET value = max(value, ?) WHERE name = 'next_generation'`)
      .run(row.generation + 1);
    this.connection.prepare('DELETE FROM collections WHERE id = ?').run(row.id);
    return true;
  }

  /** Errors: COLLECTION_NOT_FOUND when there is no `replacement`. */
  replace(name: string, replacement: string): Collection {
    const next = this.rowOf(replacement);
    const generation = Math.max(this.find(name)?.generation ?? 0, next.generation) + 1;
    if (name !== replacement) this.delete(name);
    this.connection
      .prepare(
        `UPDATE collections SET name = ?, generation = max(?, (SELECT value FROM counters WHERE name = 'next_generation'))
         WHERE id = ?`,
      )
      .run(name, generation, next.id);
    return toCollection(this.rowOf(name));
  }
}
