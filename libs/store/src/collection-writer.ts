/**
 * Joins the two ports for everything that changes a collection, one change of a collection at a time:
 *
 *   reserve keys → vector index takes the new vectors → document store commits → vector index drops the old ones
 *
 * A reader therefore never sees a chunk without its vector. A failure before the commit takes the new vectors back; a
 * failure after it leaves vectors that no reader shows (they are not visible in the document store) and that the next
 * opening of the index sweeps. Either way the truth is whole.
 */
import { callContext, DomainError, untilEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { CommitResult, DocumentStore } from './document-store';
import type { ChunkKey, Collection, CollectionSpec, NewDocument } from './model';
import type { VectorEntry, VectorIndex } from './vector-index';

export interface CollectionChange {
  readonly put?: readonly NewDocument[];
  /** Document ids; unknown ones are ignored. */
  readonly remove?: readonly string[];
  /** Id of the job that asks for the change: refused with JOB_CANCELLED unless it is running. */
  readonly job?: string | undefined;
}

export interface CollectionWriterOptions {
  /** Told when vectors could not be taken back or dropped; they stay invisible until the index is opened again. */
  readonly onOrphans?: (collection: string, keys: readonly ChunkKey[], cause: unknown) => void;
  /**
   * Awaited after a change that took text away, before it is acknowledged: copies made of answers have to go. Must not
   * reject, for the change has happened.
   */
  readonly afterRemoval?: (collection: string) => Promise<void>;
}

/** For taking vectors back when the caller's own time is over. */
const cleanupTimeoutMs = 10_000;
const maxWaitingChanges = 1_000;
/** Beyond, they are opened again when they are next asked for. */
const maxOpenCollections = 1_000;

export class CollectionWriter {
  private readonly tails = new Map<string, Promise<unknown>>();
  /** Name → when the collection was made whose index is open and in line with the store. */
  private readonly open = new Map<string, string>();
  private waiting = 0;

  constructor(
    private readonly documents: DocumentStore,
    private readonly vectors: VectorIndex,
    private readonly options: CollectionWriterOptions = {},
  ) {}

  /**
   * The collection, made when it does not exist, with its vector index open. To open it compares all its keys with the
   * store: that happens once, and again after vectors could not be taken back or the collection was made anew.
   * Errors: COLLECTION_OUTDATED when it was built with another model, dimensions or chunking.
   */
  async ensureCollection(spec: CollectionSpec, context: CallContext): Promise<Collection> {
    return await this.inTurn(spec.name, context, async () => {
      const found = await this.documents.findCollection(spec.name, context);
      if (found !== undefined) throwIfOutdated(found, spec);
      const collection = found ?? (await this.createOrFind(spec, context));
      if (this.open.get(spec.name) !== collection.createdAt) await this.openIndex(collection, context);
      return collection;
    });
  }

  private async openIndex(collection: Collection, context: CallContext): Promise<void> {
    await this.vectors.open(collection, context);
    if (this.open.size >= maxOpenCollections) this.open.clear();
    this.open.set(collection.name, collection.createdAt);
  }

  /** Servers that start at once over an empty database all want the same collection: one of them makes it. */
  private async createOrFind(spec: CollectionSpec, context: CallContext): Promise<Collection> {
    try {
      return await this.documents.createCollection(spec, context);
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'COLLECTION_EXISTS')) throw error;
      const made = await this.documents.findCollection(spec.name, context, 'now');
      if (made === undefined) throw error;
      throwIfOutdated(made, spec);
      return made;
    }
  }

  /** Atomic and durable when it resolves. Errors: those of both ports; nothing is half visible after one. */
  async apply(collection: string, change: CollectionChange, context: CallContext): Promise<CommitResult> {
    const { put = [], remove = [], job } = change;
    return await this.inTurn(collection, context, async () => {
      const keys = await this.reserve(put, context);
      try {
        const embeddings = joinEmbeddings(put);
        if (keys.length > 0) await this.vectors.upsert(collection, entriesOf(put, keys), embeddings, context);
      } catch (error) {
        await this.drop(collection, keys);
        throw error;
      }
      const result = await this.commit(collection, { put, keys, remove, job }, context);
      const { removedKeys, removedDocuments } = result;
      if (removedKeys.length > 0) await this.drop(collection, removedKeys);
      if (removedKeys.length > 0 || removedDocuments.length > 0) await this.options.afterRemoval?.(collection);
      return result;
    });
  }

  /** True when it existed. */
  async deleteCollection(name: string, context: CallContext): Promise<boolean> {
    return await this.inTurn(name, context, async () => {
      this.open.delete(name);
      const existed = await this.documents.deleteCollection(name, context);
      await this.vectors.drop(name, context);
      if (existed) await this.options.afterRemoval?.(name);
      return existed;
    });
  }

  /**
   * Puts a rebuilt collection in the place of `name`. The document store switches in one step; until the vector index is
   * open again (it is rebuilt from the store) semantic search of `name` finds nothing.
   */
  async replaceCollection(name: string, replacement: string, context: CallContext): Promise<Collection> {
    return await this.inTurn(name, context, async () => {
      for (const changed of [name, replacement]) this.open.delete(changed);
      const collection = await this.documents.replaceCollection(name, replacement, context);
      await this.vectors.drop(replacement, context);
      await this.vectors.drop(name, context);
      await this.options.afterRemoval?.(name);
      await this.openIndex(collection, context);
      return collection;
    });
  }

  private async reserve(put: readonly NewDocument[], context: CallContext): Promise<ChunkKey[]> {
    const count = put.reduce((sum, { chunks }) => sum + chunks.length, 0);
    if (count === 0) return [];
    const first = await this.documents.reserveKeys(count, context);
    return Array.from({ length: count }, (_, nth) => first + nth);
  }

  /**
   * A commit whose answer did not come may have happened: its vectors are taken back only when the store says that the
   * keys are not visible.
   */
  private async commit(
    collection: string,
    changes: Parameters<DocumentStore['commit']>[1],
    context: CallContext,
  ): Promise<CommitResult> {
    try {
      return await this.documents.commit(collection, changes, context);
    } catch (error) {
      const isVisible = await this.isVisible(collection, changes.keys);
      if (isVisible === false) await this.drop(collection, changes.keys);
      else if (isVisible === undefined) this.leaveOrphans(collection, changes.keys, error);
      throw error;
    }
  }

  /** Undefined: the store cannot say. The question waits behind the commit in doubt, for the writer works in order. */
  private async isVisible(collection: string, keys: readonly ChunkKey[]): Promise<boolean | undefined> {
    const context = callContext(cleanupTimeoutMs);
    try {
      await this.documents.reserveKeys(0, context);
      return (await this.documents.fetchChunks(collection, keys.slice(0, 1), context)).length > 0;
    } catch {
      return undefined;
    }
  }

  private async drop(collection: string, keys: readonly ChunkKey[]): Promise<void> {
    if (keys.length === 0) return;
    try {
      await this.vectors.remove(collection, keys, callContext(cleanupTimeoutMs));
    } catch (error) {
      this.leaveOrphans(collection, keys, error);
    }
  }

  private leaveOrphans(collection: string, keys: readonly ChunkKey[], cause: unknown): void {
    this.open.delete(collection);
    this.options.onOrphans?.(collection, keys, cause);
  }

  /** Changes of one collection run in order of arrival; one that fails does not stop the next. */
  private async inTurn<T>(collection: string, context: CallContext, work: () => Promise<T>): Promise<T> {
    if (this.waiting >= maxWaitingChanges) {
      throw fail('STORE_UNAVAILABLE', `${maxWaitingChanges} changes wait already. Try again soon.`);
    }
    this.waiting += 1;
    const before = this.tails.get(collection) ?? Promise.resolve();
    const turn = untilEnded(before, context).then(work);
    const tail = Promise.allSettled([before, turn]);
    this.tails.set(collection, tail);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
      void tail.then(() => {
        if (this.tails.get(collection) === tail) this.tails.delete(collection);
      });
    }
  }
}

/** Errors: COLLECTION_OUTDATED with what differs and the command that mends it. */
function throwIfOutdated(found: Collection, wanted: CollectionSpec): void {
  const differences = [
    difference('model', found.embeddingModel, wanted.embeddingModel),
    difference('dimensions', found.dimensions, wanted.dimensions),
    difference('chunk size', found.chunking.size, wanted.chunking.size),
    difference('chunk overlap', found.chunking.overlap, wanted.chunking.overlap),
    difference('chunker version', found.chunking.version, wanted.chunking.version),
  ].filter((text) => text !== undefined);
  if (differences.length === 0) return;
  const detail = `The collection "${found.name}" was built with other settings (${differences.join('; ')}). Run \`acervo reindex --collection ${found.name}\`, or restore the settings.`;
  throw fail('COLLECTION_OUTDATED', detail, { collection: found.name, differences });
}

function difference(what: string, found: string | number, wanted: string | number): string | undefined {
  return found === wanted ? undefined : `${what} ${found}, now ${wanted}`;
}

function entriesOf(put: readonly NewDocument[], keys: readonly ChunkKey[]): VectorEntry[] {
  let at = 0;
  return put.flatMap(({ id, chunks, docType, language, source, date }) =>
    chunks.map(() => ({ key: keys[at++] ?? 0, documentId: id, docType, language, source, date })),
  );
}

function joinEmbeddings(put: readonly NewDocument[]): Float32Array {
  const joined = new Float32Array(put.reduce((sum, { embeddings }) => sum + embeddings.length, 0));
  let at = 0;
  for (const { embeddings } of put) {
    joined.set(embeddings, at);
    at += embeddings.length;
  }
  return joined;
}
