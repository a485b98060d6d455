/**
 * Answers of earlier generations are unreachable, and still there. This removes them: at once where a text was deleted,
 * a moment later where documents were only added; while changes go on, once for all that came in a while.
 */
export interface AnswerRemovalOptions {
  /** Rejects when it could not; memory is rid of them in any case. */
  readonly clear: (collection: string) => Promise<void>;
  /** Told when it could not; it is tried again. */
  readonly onDelayed?: (collection: string, cause: unknown) => void;
  /** Between two removals while documents are added one after the other. Default 500. */
  readonly windowMs?: number;
  /** Default 5,000. */
  readonly retryAfterMs?: number;
  /** How long a deletion waits for tiers that do not answer. Default 1,000. */
  readonly maxWaitMs?: number;
}

interface Window {
  timer: NodeJS.Timeout;
  /** There is something to remove when it ends. */
  isDirty: boolean;
}

/** Leaves room for a deletion that follows its own commit: it takes the place of the removal that waits. */
const leadMs = 25;

export class AnswerRemoval {
  /** One for each collection that was changed lately: no more than there are collections. */
  private readonly windows = new Map<string, Window>();
  private readonly running = new Set<Promise<void>>();
  private isClosed = false;

  constructor(private readonly options: AnswerRemovalOptions) {}

  /** Documents were added. */
  later(collection: string): void {
    const window = this.windows.get(collection);
    if (window === undefined) this.open(collection, leadMs, true);
    else window.isDirty = true;
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
    for (const [collection, { isDirty, timer }] of this.windows) {
      clearTimeout(timer);
      if (isDirty) void this.remove(collection);
    }
    this.windows.clear();
    await Promise.all(this.running);
  }

  private open(collection: string, ms: number, isDirty: boolean): void {
    clearTimeout(this.windows.get(collection)?.timer);
    if (this.isClosed) return;
    const timer = setTimeout(() => {
      const isNeeded = this.windows.get(collection)?.isDirty === true;
      this.windows.delete(collection);
      if (isNeeded) void this.remove(collection);
    }, ms);
    timer.unref();
    this.windows.set(collection, { timer, isDirty });
  }

  private async remove(collection: string): Promise<void> {
    this.open(collection, this.options.windowMs ?? 500, false);
    const run = this.options.clear(collection).catch((error: unknown) => {
      this.options.onDelayed?.(collection, error);
      this.open(collection, this.options.retryAfterMs ?? 5_000, true);
    });
    this.running.add(run);
    await run;
    this.running.delete(run);
  }
}
