/**
 * The books of a run. Latency counts from the moment a request was *due*, not from when it was sent: a server that
 * stands still for a second is charged for everybody who came in that second. A generator that waits for answers
 * before it asks again, or that counts from when it got round to asking, leaves those out ("coordinated omission",
 * Gil Tene) and shows a stall of one second in a thousand requests as one slow request.
 */
import { LatencyRecord, type CurvePoint, type Latency } from './latency';

export type Outcome = 'ok' | 'refused' | 'failed';

/** What became of requests; they add up to those that were due. */
export interface Outcomes {
  readonly ok: number;
  /** 429 and 503. */
  readonly refused: number;
  /** Other statuses, connections that broke, deadlines of the generator. */
  readonly failed: number;
  /** Never sent: as many as allowed were under way. */
  readonly dropped: number;
}

export interface Slice extends Outcomes {
  /** Of requests that were due from here on, until the next slice. */
  readonly fromMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Books extends Outcomes {
  readonly asked: number;
  /** ok / (asked + dropped) */
  readonly goodput: number;
  /** Good answers that came while requests were due, a second. */
  readonly okPerSecond: number;
  /** Of good answers, since they were due. */
  readonly response: Latency;
  /** Of good answers, since they were sent: without what the generator was late. */
  readonly service: Latency;
  /** How much later than due requests were sent. */
  readonly lateness: Latency;
  readonly curve: readonly CurvePoint[];
  readonly slices: readonly Slice[];
  readonly routes: Readonly<Record<string, Omit<Outcomes, 'dropped'> & { readonly response: Latency }>>;
  /** 0: no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly bodyBytes: number;
}

interface Tally {
  ok: number;
  refused: number;
  failed: number;
  dropped: number;
  readonly response: LatencyRecord;
}

const maxSlices = 300;
/** Routes come from a closed set, statuses from HTTP. */
const newTally = (digits: 2 | 3): Tally => ({
  ...{ ok: 0, refused: 0, failed: 0, dropped: 0 },
  response: new LatencyRecord(digits),
});

export class Ledger {
  private readonly all = newTally(3);
  private readonly service = new LatencyRecord(3);
  private readonly lateness = new LatencyRecord(3);
  private readonly routes = new Map<string, Tally>();
  private readonly slices: Tally[] = [];
  private readonly sliceMs: number;
  private readonly statuses = new Map<number, number>();
  private asked = 0;
  private okInTime = 0;
  private bodyBytes = 0;

  /** @param ms for how long requests become due; all times count from the start */
  constructor(private readonly ms: number) {
    this.sliceMs = Math.max(1_000, Math.ceil(ms / maxSlices / 1_000) * 1_000);
  }

  sent(dueMs: number, sentMs: number): void {
    this.asked += 1;
    this.lateness.add(sentMs - dueMs);
  }

  dropped(dueMs: number): void {
    this.all.dropped += 1;
    this.sliceOf(dueMs).dropped += 1;
  }

  /** @param status 0: the connection broke, or the generator's deadline passed */
  ended(route: string, dueMs: number, sentMs: number, endMs: number, status: number, bodyBytes: number): void {
    const outcome = outcomeOf(status);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    this.bodyBytes += bodyBytes;
    for (const tally of [this.all, this.sliceOf(dueMs), this.routeOf(route)]) {
      tally[outcome] += 1;
      if (outcome === 'ok') tally.response.add(endMs - dueMs);
    }
    if (outcome !== 'ok') return;
    this.service.add(endMs - sentMs);
    if (endMs <= this.ms) this.okInTime += 1;
  }

  books(): Books {
    const { ok, refused, failed, dropped, response } = this.all;
    return {
      ...{ asked: this.asked, ok, refused, failed, dropped },
      goodput: ok / (this.asked + dropped),
      okPerSecond: this.okInTime / (this.ms / 1_000),
      response: response.summary(),
      service: this.service.summary(),
      lateness: this.lateness.summary(),
      curve: response.curve(),
      slices: Array.from(this.slices, (tally: Tally | undefined, nth) => sliceFrom(tally, nth * this.sliceMs)),
      routes: Object.fromEntries(
        [...this.routes].map(([route, tally]) => [
          route,
          { ok: tally.ok, refused: tally.refused, failed: tally.failed, response: tally.response.summary() },
        ]),
      ),
      statuses: Object.fromEntries(this.statuses),
      bodyBytes: this.bodyBytes,
    };
  }

  private sliceOf(dueMs: number): Tally {
    return (this.slices[Math.floor(dueMs / this.sliceMs)] ??= newTally(2));
  }

  private routeOf(route: string): Tally {
    const known = this.routes.get(route);
    if (known !== undefined) return known;
    const tally = newTally(3);
    this.routes.set(route, tally);
    return tally;
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'ok';
  return status === 429 || status === 503 ? 'refused' : 'failed';
}

function sliceFrom(tally: Tally | undefined, fromMs: number): Slice {
  const { ok, refused, failed, dropped, response } = tally ?? newTally(2);
  const { p50, p99, max } = response.summary();
  return { fromMs, ok, refused, failed, dropped, p50, p99, max };
}
