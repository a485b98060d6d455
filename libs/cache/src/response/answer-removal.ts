/**
 * Answers of earlier generations are unreachable, and still there. This removes them: at once where a text was deleted,
 * a little later where documents were only added, so that an ingestion does not clear with every commit.
 */
export interface AnswerRemovalOptions {
  /** Rejects when it could not; memory is rid of them in any case. */
  readonly clear: (collection: string) => Promise<void>;
  /** Told when it could not; it is tried again. */
  readonly onDelayed?: (collection: string, cause: unknown) => void;
  /** Default 500. */
  readonly debounceMs?: number;
  /** Default 5,000. */
  readonly retryAfterMs?: number;
  /** How long a deletion waits for tiers that do not answer. Default 1,000. */
  readonly maxWaitMs?: number;
}

export class AnswerRemoval {
  /** One for each collection that was changed lately: no more than there are collections. */
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private isClosed = false;

  constructor(private readonly options: AnswerRemovalOptions) {}

  /** Documents were added. */
  later(collection: string): void {
    this.schedule(collection, this.options.debounceMs ?? 500);
  }

  /**
   * A text was removed. Resolves when its answers have left every tier, or after `maxWaitMs`: no key leads to them any
   * more, and their bytes go as soon as the tier answers.
   */
  async now(collection: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.options.maxWaitMs ?? 1_000);
    });
    try {
      await Promise.race([this.remove(collection), patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What waits is done now, once. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const collection of [...this.timers.keys()]) void this.remove(collection);
    await Promise.all(this.running);
  }

  private schedule(collection: string, afterMs: number): void {
    if (this.isClosed || this.timers.has(collection)) return;
    const timer = setTimeout(() => void this.remove(collection), afterMs);
    timer.unref();
    this.timers.set(collection, timer);
  }

  private async remove(collection: string): Promise<void> {
    clearTimeout(this.timers.get(collection));
    this.timers.delete(collection);
    const run = this.options.clear(collection).catch((error: unknown) => {
      this.options.onDelayed?.(collection, error);
      this.schedule(collection, this.options.retryAfterMs ?? 5_000);
    });
    this.running.add(run);
    await run;
    this.running.delete(run);
  }
}
