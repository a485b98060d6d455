import { dueTimes } from './arrivals';
import { Ledger, type Books } from './ledger';
import type { LoadOrder, Source, WireRequest } from './load-order';
import { requestsOf } from './requests';

export interface Clock {
  now(): number;
  /** Runs `work` at `ms` or a little later. */
  at(ms: number, work: () => void): void;
}

export interface Answer {
  /** 0: none. */
  readonly status: number;
  readonly bodyBytes: number;
  readonly hasRetryAfter: boolean;
}

/** Sends one request; never throws, and calls back exactly once. */
export type Send = (source: number, request: WireRequest, onEnd: (answer: Answer) => void) => void;

export interface Reply {
  /** Index into the sources. */
  readonly source: number;
  /** When it was due, since the start. */
  readonly atMs: number;
  /** Since it was due. */
  readonly ms: number;
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

export interface GeneratorReport extends Books {
  /** Empty unless the order wanted them. */
  readonly replies: readonly Reply[];
  /** Until the last answer. */
  readonly elapsedMs: number;
}

/** About 200 MB; what comes after is in the books alone. */
const maxReplies = 2_000_000;

/**
 * Runs one order. Open sources ask when requests are due whether or not answers come; closed ones ask again with each
 * answer. Resolves when the last request that was sent has ended, each within the deadline of `send`.
 */
export async function generateLoad(
  order: LoadOrder,
  clock: Clock,
  send: Send,
  onSecond: (elapsedMs: number, ended: number) => void,
): Promise<GeneratorReport> {
  return await new Promise((resolve) => {
    new LoadGenerator(order, clock, send, onSecond, resolve).start();
  });
}

class LoadGenerator {
  private readonly ledger: Ledger;
  private readonly startMs: number;
  private readonly nextRequest: () => WireRequest;
  private readonly inFlight: number[];
  private readonly replies: Reply[] = [];
  private asking = 0;
  private asked = 0;
  private isDone = false;
  private pending = 0;
  private ended = 0;

  constructor(
    private readonly order: LoadOrder,
    private readonly clock: Clock,
    private readonly send: Send,
    private readonly onSecond: (elapsedMs: number, ended: number) => void,
    private readonly done: (report: GeneratorReport) => void,
  ) {
    this.ledger = new Ledger(order.ms);
    this.nextRequest = requestsOf(order.work, order.seed);
    this.inFlight = order.sources.map(() => 0);
    this.startMs = clock.now();
  }

  start(): void {
    this.asking = this.order.sources.length;
    this.tellEverySecond(1_000);
    for (const [index, { pace }] of this.order.sources.entries()) {
      if (pace.kind === 'open') this.askWhenDue(index, pace);
      else this.askAgain(index, pace.atOnce);
    }
  }

  private askWhenDue(source: number, { perSecond, arrivals }: Extract<Source['pace'], { kind: 'open' }>): void {
    const due = dueTimes(perSecond, arrivals, this.order.seed + source * 7_919);
    let next = due.next().value;
    const wake = (): void => {
      // A microsecond early rather than woken again for the rounding of a sum.
      const nowMs = this.elapsedMs() + 0.001;
      for (; next <= nowMs && next < this.order.ms; next = due.next().value) this.ask(source, next);
      if (next < this.order.ms) this.clock.at(this.startMs + next, wake);
      else this.stopAsking();
    };
    wake();
  }

  private askAgain(source: number, atOnce: number): void {
    for (let nth = 0; nth < atOnce; nth += 1) this.ask(source, this.elapsedMs());
    this.clock.at(this.startMs + this.order.ms, () => {
      this.stopAsking();
    });
  }

  private ask(source: number, dueMs: number): void {
    const busy = this.inFlight[source] ?? 0;
    if (busy >= this.order.maxInFlight) {
      this.ledger.dropped(dueMs);
      return;
    }
    this.inFlight[source] = busy + 1;
    this.pending += 1;
    this.asked += 1;
    const request = this.nextRequest();
    const sentMs = Math.max(dueMs, this.elapsedMs());
    this.ledger.sent(dueMs, sentMs);
    this.send(source, request, (answer) => {
      this.end(source, request.route, dueMs, sentMs, answer);
    });
  }

  private end(source: number, route: string, dueMs: number, sentMs: number, answer: Answer): void {
    const endMs = this.elapsedMs();
    const { status, bodyBytes, hasRetryAfter } = answer;
    this.inFlight[source] = (this.inFlight[source] ?? 1) - 1;
    this.pending -= 1;
    this.ended += 1;
    this.ledger.ended(route, dueMs, sentMs, endMs, status, bodyBytes);
    if (this.order.keepsReplies && this.replies.length < maxReplies)
      this.replies.push({ source, atMs: dueMs, ms: endMs - dueMs, status, hasRetryAfter });
    const isClosed = this.order.sources[source]?.pace.kind === 'closed';
    if (this.isExhausted()) this.asking = 0;
    if (isClosed && endMs < this.order.ms && !this.isExhausted()) this.ask(source, endMs);
    else this.finishIfOver();
  }

  /** A list that is to be asked once each is over, whatever time is left. */
  private isExhausted(): boolean {
    const { work } = this.order;
    return work.kind === 'list' && work.isOnce === true && this.asked >= work.requests.length;
  }

  private stopAsking(): void {
    if (this.isDone) return;
    this.asking -= 1;
    this.finishIfOver();
  }

  private finishIfOver(): void {
    if (this.asking > 0 || this.pending > 0 || this.isDone) return;
    this.isDone = true;
    this.done({ ...this.ledger.books(), replies: this.replies, elapsedMs: this.elapsedMs() });
  }

  private tellEverySecond(atMs: number): void {
    if (atMs > this.order.ms) return;
    this.clock.at(this.startMs + atMs, () => {
      this.onSecond(atMs, this.ended);
      this.tellEverySecond(atMs + 1_000);
    });
  }

  private elapsedMs(): number {
    return this.clock.now() - this.startMs;
  }
}
