import type { Embedder } from '@acervo/embedding';
import type { CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type { ChunkFilter, Collection, DocumentStore } from '@acervo/store';
import type { WorkClass } from '@acervo/throttle';

import { QueryVectors } from './query-vectors';

/** What the searches of one computation share: collections, resolved filters, vectors of questions. */
export class SearchSession {
  readonly vectors: QueryVectors;
  private readonly collections = new Map<string, Promise<Collection>>();
  private readonly filters = new Map<string, Promise<Uint32Array>>();

  constructor(
    private readonly store: DocumentStore,
    embedder: Embedder,
    questions: Iterable<string>,
    readonly context: CallContext,
    /** On whose behalf the searches take their permits. */
    readonly workClass: WorkClass,
  ) {
    this.vectors = new QueryVectors(embedder, questions, context);
  }

  /** Errors: COLLECTION_NOT_FOUND. */
  async collection(name: string, asOf?: 'now'): Promise<Collection> {
    return await remember(this.collections, name, async () => {
      const collection = await this.store.findCollection(name, this.context, asOf);
      if (collection !== undefined) return collection;
      throw fail('COLLECTION_NOT_FOUND', `There is no collection \`${name}\`: see GET /collections.`, {
        collection: name,
      });
    });
  }

  /** Ascending keys that a filter admits. */
  async allowedKeys(collection: string, filter: ChunkFilter): Promise<Uint32Array> {
    return await remember(this.filters, JSON.stringify([collection, filter]), async () =>
      this.store.resolveFilter(collection, filter, this.context),
    );
  }

  /** The next look-up of a collection and its filters asks the store again. */
  forget(collection: string): void {
    this.collections.delete(collection);
    this.filters.clear();
  }
}

async function remember<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const present = known.get(key);
  if (present !== undefined) return await present;
  const asked = find();
  known.set(key, asked);
  return await asked;
}
