/**
 * Renews the leases of the jobs that this process runs. A process that is gone, or hangs, renews nothing: others take its
 * jobs on when the lease has run out. Runs only while this process has claimed something.
 */
export interface JobLeasesOptions {
  readonly everyMs: number;
  /** Leases could not be renewed now; it is tried again. */
  readonly onFailure: (cause: unknown) => void;
}

export class JobLeases {
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private readonly held = new Set<string>();
  private isClosed = false;

  constructor(
    private readonly renew: (jobs: readonly string[]) => Promise<void>,
    private readonly options: JobLeasesOptions,
  ) {}

  hold(job: string): void {
    this.held.add(job);
    this.schedule();
  }

  release(job: string): void {
    this.held.delete(job);
  }

  get isHolding(): boolean {
    return this.held.size > 0;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.renewing;
  }

  private schedule(): void {
    if (this.isClosed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.renewing = this.renew([...this.held])
        .catch((error: unknown) => {
          this.options.onFailure(error);
        })
        .finally(() => {
          this.timer = undefined;
          if (this.held.size > 0) this.schedule();
        });
    }, this.options.everyMs).unref();
  }
}
