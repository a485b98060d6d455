/**
 * The primary's part in the metrics of all workers: who is asked for them asks here for those of the others. What each
 * worker told last is kept, with every look and every ten seconds, so that one that dies or hangs takes nothing of what
 * it had counted with it: totals never fall.
 */
import { mergeSnapshots, remainsOf, type MetricsSnapshot } from '@acervo/metrics';

import type { ToWorker } from './messages';

interface Pending<Worker> {
  readonly from: Worker;
  readonly id: number;
  readonly waiting: Set<Worker>;
  readonly expected: number;
  readonly timer: NodeJS.Timeout;
}

/** For a worker to answer. */
const answerTimeoutMs = 500;

export class MetricsGathering<Worker> {
  private readonly last = new Map<Worker, MetricsSnapshot>();
  /** Bounded by the workers: each asks once at a time. */
  private readonly pending = new Map<number, Pending<Worker>>();
  private departed: MetricsSnapshot | undefined;
  private restarted = 0;
  private nextId = 1;

  constructor(
    private readonly send: (worker: Worker, message: ToWorker) => void,
    private readonly timeoutMs = answerTimeoutMs,
  ) {}

  /** @param own what `from` has measured; @param id by which it knows its question; @param others that serve */
  gather(from: Worker, id: number, own: MetricsSnapshot, others: readonly Worker[]): void {
    this.last.set(from, own);
    const number = this.nextId++;
    const timer = setTimeout(() => {
      this.conclude(number);
    }, this.timeoutMs);
    this.pending.set(number, { from, id, waiting: new Set(others), expected: others.length + 1, timer });
    for (const worker of others) this.send(worker, { kind: 'metrics-asked', id: number });
    this.settle(number);
  }

  /** @param id of the question; undefined when nobody asked */
  told(by: Worker, id: number | undefined, snapshot: MetricsSnapshot): void {
    this.last.set(by, snapshot);
    if (id !== undefined && this.pending.get(id)?.waiting.delete(by) === true) this.settle(id);
  }

  gone(worker: Worker): void {
    const snapshot = this.last.get(worker);
    this.last.delete(worker);
    this.restarted += 1;
    if (snapshot !== undefined) {
      const remains = remainsOf(snapshot);
      this.departed = this.departed === undefined ? remains : mergeSnapshots([this.departed, remains]);
    }
    for (const [number, pending] of this.pending) {
      if (pending.from === worker) {
        clearTimeout(pending.timer);
        this.pending.delete(number);
      } else if (pending.waiting.delete(worker)) this.settle(number);
    }
  }

  private settle(number: number): void {
    if (this.pending.get(number)?.waiting.size === 0) this.conclude(number);
  }

  private conclude(number: number): void {
    const pending = this.pending.get(number);
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.pending.delete(number);
    const { from, id, waiting, expected } = pending;
    const others = [...this.last].flatMap(([worker, snapshot]) => (worker === from ? [] : [snapshot]));
    if (this.departed !== undefined) others.push(this.departed);
    const gathered = { others, expected, answered: expected - waiting.size, restarted: this.restarted };
    this.send(from, { kind: 'gathered', id, gathered });
  }
}
