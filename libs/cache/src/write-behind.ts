import type { TierWrite } from './cache-tier';
import type { GuardedTier } from './guarded-tier';

const MAX_BATCH = 256;

/**
 * Writes to one tier, off the path of requests, in batches. Bounded: the oldest waiting writes are dropped and counted,
 * for losing one costs a computation later, and waiting costs one now. The latest write of a key wins.
 */
export class WriteBehind {
  private readonly waiting = new Map<string, TierWrite>();
  private bytes = 0;
  private running: Promise<void> | undefined;
  dropped = 0;

  constructor(
    private readonly tier: GuardedTier,
    private readonly maxEntries: number,
    private readonly maxBytes: number,
  ) {}

  add(writes: readonly TierWrite[]): void {
    if (!this.tier.isAvailable) {
      this.dropped += writes.length;
      return;
    }
    for (const write of writes) {
      this.forget(write.key);
      this.waiting.set(write.key, write);
      this.bytes += write.bytes.byteLength;
    }
    for (const key of this.waiting.keys()) {
      if (this.waiting.size <= this.maxEntries && this.bytes <= this.maxBytes) break;
      this.forget(key);
      this.dropped += 1;
    }
    this.running ??= this.run();
  }

  forget(key: string): void {
    const write = this.waiting.get(key);
    if (write === undefined) return;
    this.waiting.delete(key);
    this.bytes -= write.bytes.byteLength;
  }

  forgetAll(prefix: string): void {
    for (const key of this.waiting.keys()) if (key.startsWith(prefix)) this.forget(key);
  }

  /** Resolves when everything that waits now is written or lost. Never rejects. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // The turn of the event loop that filled the queue goes on first: its writes become one batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.size > 0) {
      const batch: TierWrite[] = [];
      for (const write of this.waiting.values()) {
        if (batch.push(write) === MAX_BATCH) break;
      }
      for (const { key } of batch) this.forget(key);
      if (!(await this.tier.setMany(batch))) this.dropped += batch.length;
    }
    this.running = undefined;
  }
}
