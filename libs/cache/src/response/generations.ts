import type { CallContext } from '@acervo/kernel';

/** Tells one state of a collection from all others, those of equally named collections of other servers included. */
export interface CollectionState {
  /** Grows with each commit. */
  readonly generation: number;
  /** Two servers without a common store may share a Redis: their generations are not comparable. */
  readonly createdAt: string;
}

/** Port: states of collections. They are part of every key: an update makes everything older unreachable at once. */
export abstract class Generations {
  /** At most a second old, without waiting. Undefined: ask `find`. */
  abstract peek(collection: string): CollectionState | undefined;
  /** Undefined: there is no such collection. */
  abstract find(collection: string, context: CallContext): Promise<CollectionState | undefined>;
}
