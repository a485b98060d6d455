/** Notices what another process commits, soon after: collections are compared by their generation. */
import { callContext } from '@acervo/kernel';

import type { DocumentStore } from './document-store';
import type { FollowingVectorIndex } from './following-vector-index';

export interface CommitFollowerOptions {
  readonly store: Pick<DocumentStore, 'listCollections'> & { noticeChange(collection: string): void };
  /** Brought up to each commit before a search needs it; absent where the writer's own index is asked. */
  readonly vectorIndex?: Pick<FollowingVectorIndex, 'follow'> | undefined;
  /** Between two looks. Default 250. */
  readonly intervalMs?: number;
  /** A look failed; once until one succeeds again. */
  readonly onFailure?: (cause: unknown) => void;
}

const lookTimeoutMs = 60_000;

/** Looks by itself from `start` to `close`. Memory: a number for each collection. */
export class CommitFollower {
  private generations = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();
  private isFailing = false;
  private looking: Promise<void> | undefined;
  private isAskedAgain = false;
  private isNoticing = false;

  constructor(private readonly options: CommitFollowerOptions) {}

  start(): void {
    this.schedule();
  }

  /** What the store tells its listeners now is of another process. */
  get isTelling(): boolean {
    return this.isNoticing;
  }

  /** A look right now, and another one after it for whoever asks meanwhile; never rejects: the next look comes anyway. */
  hurry(): void {
    this.isAskedAgain = true;
    this.looking ??= this.lookWhileAsked().finally(() => {
      this.looking = undefined;
    });
  }

  /** One look; also for whoever was told of a commit and does not want to wait for the next. */
  async look(): Promise<void> {
    const { store, vectorIndex } = this.options;
    const context = callContext(lookTimeoutMs, this.stopping.signal);
    const now = new Map((await store.listCollections(context)).map(({ name, generation }) => [name, generation]));
    const before = this.generations;
    this.generations = now;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (name) => before.get(name) !== now.get(name),
    );
    this.isNoticing = true;
    try {
      for (const name of changed) store.noticeChange(name);
    } finally {
      this.isNoticing = false;
    }
    for (const name of changed) await vectorIndex?.follow(name, context);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.looking;
  }

  private async lookWhileAsked(): Promise<void> {
    while (this.isAskedAgain) {
      this.isAskedAgain = false;
      try {
        await this.look();
        this.isFailing = false;
      } catch (error) {
        if (!this.isFailing && !this.stopping.signal.aborted) this.options.onFailure?.(error);
        this.isFailing = true;
      }
    }
  }

  private schedule(): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.hurry();
      void this.looking?.finally(() => {
        this.schedule();
      });
    }, this.options.intervalMs ?? 250);
    this.timer.unref();
  }
}
