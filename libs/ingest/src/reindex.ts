/**
 * Rebuilds a collection from its stored texts, after the model or the chunking changed.
 *
 * The new one grows beside the old under a name of its own and takes its place in one step at the end: until then
 * every search sees the old one, and a rebuild that was interrupted goes on where it stopped. Vectors of equal passages
 * are taken over when the model is the same. There must be no other writer meanwhile (the lock of the data folder sees
 * to it). Documents keep their ids and fields; the time of creation becomes that of the rebuild.
 */
import type { CallContext } from '@acervo/kernel';
import type { Embedder } from '@acervo/embedding';
import { fail } from '@acervo/problem';
import type {
  Collection,
  CollectionSpec,
  CollectionWriter,
  DocumentRecord,
  DocumentStore,
  NewDocument,
} from '@acervo/store';

import { chunkText } from './chunker';
import type { Ingester } from './ingester';
import { toNewChunk } from './passage';
import { PassageEmbedding } from './passage-embedding';
import { structureOf } from './structure';

export interface ReindexPorts {
  readonly ingester: Ingester;
  readonly store: DocumentStore;
  readonly writer: CollectionWriter;
  readonly embedder: Embedder;
}

export type ReindexEvent =
  | {
      readonly type: 'progress';
      readonly documents: number;
      readonly total: number;
      readonly chunks: number;
      readonly embedded: number;
    }
  | { readonly type: 'finished'; readonly collection: Collection };

const pageDocuments = 100;
const groupChunks = 96;

/** Errors: COLLECTION_NOT_FOUND; those of the embedder and the store, after which it can be called again. */
export async function* reindex(
  { ingester, store, writer, embedder }: ReindexPorts,
  name: string,
  context: CallContext,
): AsyncGenerator<ReindexEvent> {
  const old = await store.findCollection(name, context);
  if (old === undefined) throw fail('COLLECTION_NOT_FOUND', `There is no collection "${name}".`, { collection: name });
  const spec = ingester.collectionSpec(`${name}_reindex`);
  await ensureRebuild(spec, store, writer, context);

  const embedding = new PassageEmbedding(embedder, store);
  const hasSameModel = old.embeddingModel === spec.embeddingModel && old.dimensions === spec.dimensions;
  const counts = { documents: 0, chunks: 0, embedded: 0 };
  const progress = (): ReindexEvent => ({ type: 'progress', total: old.documents, ...counts });

  const commit = async (group: readonly Omit<NewDocument, 'embeddings'>[]): Promise<void> => {
    const reuseFrom = hasSameModel ? name : undefined;
    const { embeddings, computed } = await embedding.embed(
      group.map(({ chunks }) => chunks),
      reuseFrom,
      context,
    );
    const put = group.map((document, index) => ({ ...document, embeddings: embeddings[index] ?? new Float32Array() }));
    await writer.apply(spec.name, { put }, context);
    counts.documents += group.length;
    counts.chunks += group.reduce((sum, { chunks }) => sum + chunks.length, 0);
    counts.embedded += computed;
  };

  let group: Omit<NewDocument, 'embeddings'>[] = [];
  for await (const document of documentsOf(store, name, context)) {
    const done = await store.findDocument(spec.name, document.id, context);
    if (done !== undefined) {
      counts.documents += 1;
      continue;
    }
    group.push(await rechunk(document, store, spec, context));
    if (group.reduce((sum, { chunks }) => sum + chunks.length, 0) < groupChunks) continue;
    await commit(group);
    group = [];
    yield progress();
  }
  if (group.length > 0) await commit(group);
  yield progress();
  yield { type: 'finished', collection: await writer.replaceCollection(name, spec.name, context) };
}

/** What an interrupted rebuild left is continued, unless the settings changed again. */
async function ensureRebuild(
  spec: CollectionSpec,
  store: DocumentStore,
  writer: CollectionWriter,
  context: CallContext,
): Promise<void> {
  const left = await store.findCollection(spec.name, context);
  const isSame =
    left?.embeddingModel === spec.embeddingModel &&
    left.dimensions === spec.dimensions &&
    left.chunking.size === spec.chunking.size &&
    left.chunking.overlap === spec.chunking.overlap &&
    left.chunking.version === spec.chunking.version;
  if (left !== undefined && !isSame) await writer.deleteCollection(spec.name, context);
  await writer.ensureCollection(spec, context);
}

async function* documentsOf(store: DocumentStore, name: string, context: CallContext): AsyncGenerator<DocumentRecord> {
  let cursor: string | undefined;
  do {
    const page = await store.listDocuments(name, { cursor, limit: pageDocuments }, context);
    yield* page.documents;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function rechunk(
  document: DocumentRecord,
  store: DocumentStore,
  spec: CollectionSpec,
  context: CallContext,
): Promise<Omit<NewDocument, 'embeddings'>> {
  const { id, title, source, docType, language, date, metadata, contentHash } = document;
  const text = await store.findText(document.collection, id, context);
  if (text === undefined) throw fail('STORE_DAMAGED', `The text of document "${id}" is missing.`, { id });
  const chunks = chunkText(structureOf(text, docType), spec.chunking).map((chunk) => toNewChunk(title, chunk));
  return { id, title, source, docType, language, date, metadata, contentHash, text, chunks };
}
