export interface GenerationBusOptions {
  /** Another process changed a collection, or words may have been missed: look at once. */
  readonly onNews: () => void;
  /** Words do not come through now; told once until they do again. */
  readonly onLost: (cause: unknown) => void;
}

export interface GenerationBusCounts {
  readonly heard: number;
  readonly lost: number;
  readonly isConnected: boolean;
}

/**
 * Port: carries the word that a collection changed to every other process, within milliseconds. It may lose words: who
 * listens looks at the generations in the database by itself too (CommitFollower), and at once after a reconnection. So
 * several buses may run side by side, each enough alone, and none is needed.
 */
export abstract class GenerationBus {
  /** Does not wait and does not fail. */
  abstract tell(collection: string): void;
  abstract counts(): GenerationBusCounts;
  abstract close(): Promise<void>;
}
