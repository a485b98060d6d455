/**
 * Deleted text is zeroed in the database at once, but the write-ahead log beside it holds the old pages until it is cut.
 * Cutting it costs a sync of all that changed, so it is not part of the commit: it follows shortly after the first
 * removal, together with those that came in between, and is tried again when a reader was in the way.
 */
export interface PurgeScheduleOptions {
  readonly afterMs: number;
  readonly retryAfterMs: number;
  /** Told when the log could not be cut; it is tried again. */
  readonly onDelayed: (cause: unknown) => void;
}

export class PurgeSchedule {
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly purge: () => Promise<void>,
    private readonly options: PurgeScheduleOptions,
  ) {}

  request(afterMs = this.options.afterMs): void {
    if (this.isClosed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.purge().catch((error: unknown) => {
        this.options.onDelayed(error);
        this.request(this.options.retryAfterMs);
      });
    }, afterMs).unref();
  }

  /** What was asked for and not done yet happens when the database closes. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }
}
