/** A worker's side of the metrics of all workers. */
import type { Gathered, MetricsSnapshot } from '@acervo/metrics';

import type { ToPrimary } from './messages';

/** Longer than the primary waits for the other workers. */
const gatherTimeoutMs = 1_000;

export class MetricsExchange {
  private snapshot: (() => Promise<MetricsSnapshot>) | undefined;
  /** Bounded by who asks: one at a time. */
  private readonly asked = new Map<number, (gathered: Gathered) => void>();
  /** There is at least one other. */
  private known: Gathered = { others: [], expected: 2, answered: 1, restarted: 0 };
  private nextId = 1;

  constructor(private readonly send: (message: ToPrimary) => void) {}

  share(snapshot: () => Promise<MetricsSnapshot>): void {
    this.snapshot = snapshot;
  }

  /** Tells the primary, which keeps it. */
  async tell(id?: number): Promise<void> {
    if (this.snapshot !== undefined) this.send({ kind: 'metrics', id, snapshot: await this.snapshot() });
  }

  /** Never rejects: of a primary that is late, the others are as they were at the last look. */
  async gather(own: MetricsSnapshot): Promise<Gathered> {
    const id = this.nextId++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, gatherTimeoutMs, undefined);
    });
    const answered = new Promise<Gathered>((resolve) => this.asked.set(id, resolve));
    this.send({ kind: 'gather', id, snapshot: own });
    const gathered = await Promise.race([answered, late]);
    clearTimeout(timer);
    this.asked.delete(id);
    if (gathered === undefined) return { ...this.known, answered: 1 };
    this.known = gathered;
    return gathered;
  }

  settle(id: number, gathered: Gathered): void {
    this.asked.get(id)?.(gathered);
  }
}
