import { publicName } from '@acervo/kernel';
import type { Collection, DocumentRecord, Job } from '@acervo/store';

/** A document as the API shows it to its tenant. */
export function toDocumentView(document: DocumentRecord): Record<string, unknown> {
  return {
    id: document.id,
    collection: publicName(document.collection),
    title: document.title,
    source: document.source,
    doc_type: document.docType,
    language: document.language,
    date: document.date ?? null,
    metadata: document.metadata,
    content_hash: document.contentHash,
    chunks: document.chunks,
    characters: document.characters,
    created_at: document.createdAt,
    updated_at: document.updatedAt,
  };
}

export function toCollectionView(collection: Collection): Record<string, unknown> {
  return {
    name: publicName(collection.name),
    documents: collection.documents,
    chunks: collection.chunks,
    languages: collection.languages,
    generation: collection.generation,
    embedding_model: collection.embeddingModel,
    dimensions: collection.dimensions,
    chunking: collection.chunking,
    created_at: collection.createdAt,
  };
}

/** The input stays inside: it may be another client's. */
export function toJobView(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    progress: job.progress,
    ...(job.result === undefined || job.result === null ? {} : { result: job.result }),
    ...(job.problem === undefined || job.problem === null ? {} : { problem: job.problem }),
    created_at: job.createdAt,
    updated_at: job.updatedAt,
  };
}
