/** The shapes that both ports of the store speak. Keys of chunks are positive integers, never used twice. */
import type { Language } from '@acervo/language';

export type ChunkKey = number;
export type MetadataValue = string | number | boolean | null | readonly (string | number | boolean)[];
export type Metadata = Readonly<Record<string, MetadataValue>>;

export interface ChunkingSpec {
  /** Characters (UTF-16 code units). */
  readonly size: number;
  readonly overlap: number;
  /** Grows when the chunker or the text put before a passage changes, so old chunks are recognised. */
  readonly version: number;
}

/** What a collection was built with; a server that is configured otherwise must not write to or search it. */
export interface CollectionSpec {
  readonly name: string;
  readonly embeddingModel: string;
  readonly dimensions: number;
  readonly chunking: ChunkingSpec;
}

export interface Collection extends CollectionSpec {
  /** Grows by one with each commit. */
  readonly generation: number;
  readonly documents: number;
  readonly chunks: number;
  /** Chunks per language. */
  readonly languages: Readonly<Record<Language, number>>;
  readonly createdAt: string;
}

export interface DocumentFields {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly docType: string;
  readonly language: Language;
  /** ISO 8601 date `YYYY-MM-DD`. */
  readonly date: string | undefined;
  readonly metadata: Metadata;
  /** SHA-256 (hex) over the extracted text and the fields that reach a passage. */
  readonly contentHash: string;
}

export interface DocumentRecord extends DocumentFields {
  readonly collection: string;
  readonly chunks: number;
  readonly characters: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ChunkFields {
  readonly text: string;
  /** Offsets into the extracted text, in UTF-16 code units, end exclusive: `extracted.slice(start, end) === text`. */
  readonly start: number;
  readonly end: number;
  readonly headings: readonly string[];
  /** From 1; only paged formats have it. */
  readonly page: number | undefined;
}

/** A chunk on its way into the store. */
export interface NewChunk extends ChunkFields {
  /** Title and heading path in front of the text: what the model and the lexical index read. */
  readonly passage: string;
  /** SHA-256 (hex) of `passage`: equal passages share an embedding. */
  readonly passageHash: string;
}

export interface NewDocument extends DocumentFields {
  /** The extracted text, whole. */
  readonly text: string;
  readonly chunks: readonly NewChunk[];
  /** [chunks.length × dimensions] float32, row-major, unit L2. */
  readonly embeddings: Float32Array;
}

/** A chunk as a search shows it. */
export interface ChunkRecord extends ChunkFields {
  readonly key: ChunkKey;
  /** Public id, stable while the document does not change. */
  readonly id: string;
  readonly ordinal: number;
  readonly document: DocumentRecord;
}

export type Comparison = '$eq' | '$ne' | '$gt' | '$gte' | '$lt' | '$lte' | '$in' | '$nin';
export interface MetadataCondition {
  readonly field: string;
  readonly operator: Comparison;
  readonly value: string | number | boolean | readonly (string | number | boolean)[];
}

/** Every part that is present must hold. */
export interface ChunkFilter {
  readonly docTypes?: readonly string[];
  readonly languages?: readonly Language[];
  readonly sourcePrefix?: string;
  /** Inclusive ISO 8601 dates; a document without a date never matches a date range. */
  readonly dateFrom?: string;
  readonly dateTo?: string;
  readonly metadata?: readonly MetadataCondition[];
}

export interface ScoredKey {
  readonly key: ChunkKey;
  readonly score: number;
}
