/**
 * The vector index of a process that is not the only one that writes, or does not write at all. The writer's index holds a vector before its commit shows;
 * this one learns of a commit afterwards and fetches what is missing from the document store.
 *
 * Invariant: a search that read generation G runs on an index that holds every vector of G. So no answer that is kept
 * under G lacks some of them. Whoever comes first catches up, once for all who wait (`CommitFollower` does it in the
 * background, so that searches rarely have to).
 */
import { SingleFlight, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { DocumentStore } from './document-store';
import type { ChunkKey, CollectionSpec, ScoredKey } from './model';
import { VectorIndex, type VectorQuery } from './vector-index';

export interface FollowingOptions {
  /** The writer's own index is asked: it holds every commit before it shows, and is only to be opened. Default: false. */
  readonly isShared?: boolean;
  /**
   * This process writes as well: its changes go to the index. One that another process's commit makes it take for an
   * orphan, between `upsert` and its own commit, is brought back by the next search, which asks for that commit.
   */
  readonly takesChanges?: boolean;
}

interface Followed {
  /** Whose vectors are there at least. */
  readonly generation: number;
  readonly createdAt: string;
}

export class FollowingVectorIndex extends VectorIndex {
  private readonly followed = new Map<string, Followed>();
  private readonly flights = new SingleFlight<void>();

  /** @param index its `open` compares with the truth and mends at any time; owned: `close` closes it */
  constructor(
    private readonly index: VectorIndex,
    private readonly store: Pick<DocumentStore, 'findCollection'>,
    private readonly options: FollowingOptions = {},
  ) {
    super();
  }

  override async open({ name }: CollectionSpec, context: CallContext): Promise<void> {
    await this.follow(name, context);
  }

  /** Brings the index of a collection to what is committed now; of one that is gone, away. */
  async follow(name: string, context: CallContext): Promise<void> {
    await this.flights.run(name, context, async (within) => this.catchUp(name, within));
  }

  override async search(
    collection: string,
    queries: readonly VectorQuery[],
    context: CallContext,
    atLeast?: number,
  ): Promise<readonly (readonly ScoredKey[])[]> {
    await this.holdAtLeast(collection, atLeast, context);
    return await this.index.search(collection, queries, context);
  }

  override async cosines(
    collection: string,
    vector: Float32Array,
    keys: readonly ChunkKey[],
    context: CallContext,
    atLeast?: number,
  ): Promise<Float32Array> {
    await this.holdAtLeast(collection, atLeast, context);
    return await this.index.cosines(collection, vector, keys, context);
  }

  override async upsert(...change: Parameters<VectorIndex['upsert']>): Promise<void> {
    this.refuseUnlessWriting();
    await this.index.upsert(...change);
  }
  override async remove(...change: Parameters<VectorIndex['remove']>): Promise<void> {
    this.refuseUnlessWriting();
    await this.index.remove(...change);
  }
  override async drop(collection: string, context: CallContext): Promise<void> {
    this.refuseUnlessWriting();
    this.followed.delete(collection);
    await this.index.drop(collection, context);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.index.checkHealth(context);
  }

  override async close(): Promise<void> {
    await this.index.close();
  }

  /** A flight under way may have begun before the commit that is asked for: then another one follows. */
  private async holdAtLeast(name: string, generation = 0, context: CallContext): Promise<void> {
    for (let flight = 0; flight < 2; flight += 1) {
      if ((this.followed.get(name)?.generation ?? -1) >= generation) return;
      await this.follow(name, context);
    }
  }

  private async catchUp(name: string, context: CallContext): Promise<void> {
    // Read before the keys: what is then mended is this generation or a later one.
    const collection = await this.store.findCollection(name, context, 'now');
    if (collection === undefined) {
      if (this.followed.delete(name) && this.options.isShared !== true) await this.index.drop(name, context);
      return;
    }
    const { generation, createdAt } = collection;
    const isOpen = this.options.isShared === true && this.followed.get(name)?.createdAt === createdAt;
    if (!isOpen) await this.index.open(collection, context);
    this.followed.set(name, { generation, createdAt });
  }

  private refuseUnlessWriting(): void {
    if (this.options.takesChanges === true) return;
    throw fail('VECTOR_INDEX_UNAVAILABLE', 'This process only reads: ask the one that writes.');
  }
}
