import type { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { Collection } from '../../model';

/** A collection as SQLite and Postgres hold it. */
export interface CollectionRow {
  readonly id: number;
  readonly name: string;
  readonly embedding_model: string;
  readonly dimensions: number;
  readonly chunk_size: number;
  readonly chunk_overlap: number;
  readonly chunk_version: number;
  readonly generation: number;
  readonly documents: number;
  readonly chunks_pt: number;
  readonly chunks_en: number;
  readonly chunks_other: number;
  readonly tokens: number;
  readonly created_at: string;
}

export function toCollection(row: CollectionRow): Collection {
  return {
    name: row.name,
    embeddingModel: row.embedding_model,
    dimensions: row.dimensions,
    chunking: { size: row.chunk_size, overlap: row.chunk_overlap, version: row.chunk_version },
    generation: row.generation,
    documents: row.documents,
    chunks: row.chunks_pt + row.chunks_en + row.chunks_other,
    languages: { pt: row.chunks_pt, en: row.chunks_en, other: row.chunks_other },
    createdAt: row.created_at,
  };
}

export function collectionMissing(name: string): DomainError {
  return fail('COLLECTION_NOT_FOUND', `There is no collection "${name}". GET /collections lists the existing ones.`, {
    collection: name,
  });
}
