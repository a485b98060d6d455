import type { CommitChanges, CommitResult, DocumentStore } from '../src/document-store';
import type { CollectionSpec, NewDocument } from '../src/model';
import { callContext, type CallContext } from '@acervo/kernel';

export const dimensions = 4;

export function soon(): CallContext {
  return callContext(20_000);
}

export function collectionSpec(name: string): CollectionSpec {
  return { name, embeddingModel: 'sample-model', dimensions, chunking: { size: 100, overlap: 10, version: 1 } };
}

/** A document whose chunks are the given texts; the embedding of chunk n is the nth unit vector. */
export function sampleDocument(id: string, texts: readonly string[], fields: Partial<NewDocument> = {}): NewDocument {
  const text = texts.join('\n');
  const title = fields.title ?? `Title ${id}`;
  let at = 0;
  const chunks = texts.map((chunk) => {
    const start = at;
    at += chunk.length + 1;
    const passage = chunk;
    return {
      text: chunk,
      start,
      end: start + chunk.length,
      headings: ['Top'],
      page: undefined,
      passage,
      passageHash: `hash of ${passage}`,
    };
  });
  const embeddings = new Float32Array(texts.length * dimensions);
  texts.forEach((_, nth) => (embeddings[nth * dimensions + (nth % dimensions)] = 1));
  return {
    id,
    title,
    source: `docs/${id}.md`,
    docType: 'markdown',
    language: 'en',
    date: undefined,
    metadata: {},
    contentHash: `content of ${id}: ${text}`,
    text,
    chunks,
    embeddings,
    ...fields,
  };
}

/** Reserves keys and commits, as a writer does. */
export async function commitDocuments(
  store: DocumentStore,
  collection: string,
  put: readonly NewDocument[],
  remove: readonly string[] = [],
): Promise<CommitResult & { readonly keys: readonly number[] }> {
  const count = put.reduce((sum, { chunks }) => sum + chunks.length, 0);
  const first = await store.reserveKeys(count, soon());
  const keys = Array.from({ length: count }, (_, nth) => first + nth);
  const changes: CommitChanges = { put, keys, remove };
  return { ...(await store.commit(collection, changes, soon())), keys };
}
