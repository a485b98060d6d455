/**
 * Carries a collection from one document store to another, whatever engines they are.
 *
 * Passages and their vectors are taken as they are: nothing is read, cut or embedded again, so that both stores answer
 * alike. The target's writer fills its vector index on the way. What the target holds already, equal in every field, is
 * left alone: a run that was interrupted goes on where it stopped, and a second run carries what changed since the
 * first. Nothing is removed from either side. Chunks get keys of the target; documents keep their ids and fields, and
 * the time of their creation becomes that of the migration.
 */
import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type {
  ChunkRecord,
  Collection,
  CollectionWriter,
  DocumentRecord,
  DocumentStore,
  NewDocument,
} from '@acervo/store';

import { chunkerVersion } from './chunker';
import { toNewChunk } from './passage';

export interface MigrationPorts {
  readonly source: DocumentStore;
  readonly target: DocumentStore;
  /** Of `target` and its vector index. */
  readonly writer: CollectionWriter;
}

export interface MigrationCounts {
  readonly documents: number;
  /** Of the source. */
  readonly total: number;
  /** Of `documents`, those that the target did not hold already. */
  readonly copied: number;
}

export type MigrationEvent =
  | ({ readonly type: 'progress' } & MigrationCounts)
  | ({ readonly type: 'finished'; readonly collection: Collection } & MigrationCounts);

/** Chunks read at a time, and at least so many in a commit. */
const pageChunks = 500;
const groupChunks = 500;

interface Carried {
  readonly document: DocumentRecord;
  readonly chunks: ChunkRecord[];
  readonly rows: Float32Array[];
}

/**
 * Nobody may write to either collection meanwhile.
 * Errors: COLLECTION_NOT_FOUND; COLLECTION_OUTDATED when the source was cut by another release, or the target holds a
 * collection of this name that was built otherwise; those of both stores and of the target's index, after which it can
 * be called again. Cost: one pass over the chunks; memory for a few hundred of them and one document.
 */
export async function* migrateCollection(
  { source, target, writer }: MigrationPorts,
  name: string,
  context: CallContext,
): AsyncGenerator<MigrationEvent> {
  const from = await source.findCollection(name, context, 'now');
  if (from === undefined) throw fail('COLLECTION_NOT_FOUND', `There is no collection "${name}".`, { collection: name });
  throwIfCutOtherwise(from);
  const { embeddingModel, dimensions, chunking } = from;
  await writer.ensureCollection({ name, embeddingModel, dimensions, chunking }, context);

  const counts = { documents: 0, total: from.documents, copied: 0 };
  let group: NewDocument[] = [];
  const commit = async (): Promise<void> => {
    if (group.length > 0) await writer.apply(name, { put: group }, context);
    counts.copied += group.length;
    group = [];
  };
  for await (const carried of documentsOf(source, from, context)) {
    throwIfEnded(context);
    counts.documents += 1;
    const known = await target.findDocument(name, carried.document.id, context);
    if (known === undefined || !isSame(known, carried.document))
      group.push(await toNewDocument(source, carried, context));
    if (group.reduce((sum, { chunks }) => sum + chunks.length, 0) >= groupChunks) {
      await commit();
      yield { type: 'progress', ...counts };
    } else if (group.length === 0 && counts.documents % pageChunks === 0) yield { type: 'progress', ...counts };
  }
  await commit();
  const collection = await target.findCollection(name, context, 'now');
  if (collection === undefined) throw fail('STORE_DAMAGED', `The target lost the collection "${name}" meanwhile.`);
  yield { type: 'finished', collection, ...counts };
}

/** Passages are made again from their parts: by other rules, equal ones would not be recognised any more. */
function throwIfCutOtherwise({ name, chunking }: Collection): void {
  if (chunking.version === chunkerVersion) return;
  throw fail(
    'COLLECTION_OUTDATED',
    `The collection "${name}" was cut by another release (chunker ${chunking.version}, now ${chunkerVersion}): run ` +
      `\`acervo reindex --collection ${name}\` first.`,
    { collection: name },
  );
}

/** In order of keys, which are given document after document. */
async function* documentsOf(
  store: DocumentStore,
  { name, dimensions }: Collection,
  context: CallContext,
): AsyncGenerator<Carried> {
  const keys = await store.listKeys(name, context);
  let open: Carried | undefined;
  for (let from = 0; from < keys.length; from += pageChunks) {
    const page = [...keys.subarray(from, from + pageChunks)];
    const [chunks, vectors] = await Promise.all([
      store.fetchChunks(name, page, context),
      store.fetchEmbeddings(name, page, context),
    ]);
    for (const chunk of chunks) {
      if (open !== undefined && open.document.id !== chunk.document.id) yield whole(open);
      if (open?.document.id !== chunk.document.id) open = { document: chunk.document, chunks: [], rows: [] };
      const at = page.indexOf(chunk.key) * dimensions;
      open.chunks.push(chunk);
      open.rows.push(vectors.subarray(at, at + dimensions));
    }
  }
  if (open !== undefined) yield whole(open);
}

function whole(carried: Carried): Carried {
  const { id, chunks } = carried.document;
  if (carried.chunks.length === chunks) return carried;
  throw fail('STORE_DAMAGED', `Of document "${id}" ${carried.chunks.length} of ${chunks} passages are there.`, { id });
}

async function toNewDocument(source: DocumentStore, carried: Carried, context: CallContext): Promise<NewDocument> {
  const { collection, id, title, docType, language, date, metadata, contentHash } = carried.document;
  const text = await source.findText(collection, id, context);
  if (text === undefined) throw fail('STORE_DAMAGED', `The text of document "${id}" is missing.`, { id });
  const chunks = carried.chunks.map((chunk) => {
    const { start, end, headings, page } = chunk;
    return toNewChunk(title, { text: chunk.text, start, end, headings, page });
  });
  const [first = new Float32Array()] = carried.rows;
  const embeddings = new Float32Array(carried.rows.length * first.length);
  carried.rows.forEach((row, nth) => {
    embeddings.set(row, nth * first.length);
  });
  return {
    ...{ id, title, source: carried.document.source, docType, language, date, metadata, contentHash },
    ...{ text, chunks, embeddings },
  };
}

function isSame(a: DocumentRecord, b: DocumentRecord): boolean {
  return comparable(a) === comparable(b);
}

function comparable(document: DocumentRecord): string {
  const { title, source, docType, language, date, contentHash, chunks, metadata } = document;
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([title, source, docType, language, date ?? null, contentHash, chunks, sorted]);
}
