/** Hands news of one worker to the others and tells it when all of them have heard, or have died. */
import type { News, ToWorker } from './messages';

interface Pending<Worker> {
  readonly from: Worker;
  readonly id: number;
  readonly waiting: Set<Worker>;
}

export class Spreading<Worker> {
  /** Bounded by what the workers ask for: each waits for its own. */
  private readonly pending = new Map<number, Pending<Worker>>();
  private nextId = 1;

  constructor(private readonly send: (worker: Worker, message: ToWorker) => void) {}

  /** @param id by which `from` knows it */
  spread(from: Worker, id: number, news: News, to: readonly Worker[]): void {
    const own = this.nextId++;
    const pending = { from, id, waiting: new Set(to) };
    this.pending.set(own, pending);
    for (const worker of to) this.send(worker, { kind: 'news', id: own, news });
    this.settle(own, pending);
  }

  heard(by: Worker, id: number): void {
    const pending = this.pending.get(id);
    if (pending?.waiting.delete(by) === true) this.settle(id, pending);
  }

  gone(worker: Worker): void {
    for (const [id, pending] of this.pending) {
      if (pending.from === worker) this.pending.delete(id);
      else if (pending.waiting.delete(worker)) this.settle(id, pending);
    }
  }

  private settle(own: number, { from, id, waiting }: Pending<Worker>): void {
    if (waiting.size > 0) return;
    this.pending.delete(own);
    this.send(from, { kind: 'spread', id });
  }
}
