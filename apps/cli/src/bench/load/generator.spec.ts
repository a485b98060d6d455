import { generateLoad, type Clock, type GeneratorReport, type Send } from './generator';
import { drawDelays, dueWithin, exactPercentile, trueResponseMs, type Stall } from './injected-delays';
import type { LoadOrder, Pace } from './load-order';

/** Time that passes only from one thing to do to the next. */
class SimulatedTime implements Clock {
  private readonly due: { readonly ms: number; readonly work: () => void }[] = [];
  private ms = 1_000_000;

  now(): number {
    return this.ms;
  }

  at(ms: number, work: () => void): void {
    const place = this.due.findIndex((other) => other.ms > ms);
    this.due.splice(place < 0 ? this.due.length : place, 0, { ms, work });
  }

  async run<T>(result: Promise<T>): Promise<T> {
    for (let next = this.due.shift(); next !== undefined; next = this.due.shift()) {
      this.ms = Math.max(this.ms, next.ms);
      next.work();
    }
    return await result;
  }
}

const order = (pace: Pace, changes: Partial<LoadOrder> = {}): LoadOrder => ({
  url: 'http://stub',
  sources: [{ name: 'one', pace }],
  work: {
    kind: 'fixed',
    request: { route: 'stub', method: 'GET', path: '/', headers: {} },
    firstNumber: 0,
  },
  ...{ ms: 20_000, seed: 5, maxInFlight: 5_000, timeoutMs: 30_000, keepsConnections: true, headers: {} },
  keepsReplies: true,
  ...changes,
});
const open: Pace = { kind: 'open', perSecond: 200, arrivals: 'poisson' };

async function measure(
  asked: LoadOrder,
  responseMs: (sentMs: number, nth: number) => number,
  status = 200,
): Promise<GeneratorReport> {
  const time = new SimulatedTime();
  const startMs = time.now();
  let nth = 0;
  const send: Send = (_source, _request, onEnd) => {
    const ms = responseMs(time.now() - startMs, nth++);
    time.at(time.now() + ms, () => {
      onEnd({ status, bodyBytes: 10, hasRetryAfter: false });
    });
  };
  return await time.run(generateLoad(asked, time, send, () => undefined));
}

describe('a load generator', () => {
  const delays = drawDelays(20_000, 3);
  const due = dueWithin(20_000, 200, 5);
  const stall: Stall = { fromMs: 8_000, untilMs: 9_000 };

  it.each([
    ['', undefined],
    [' through a stall of a second', stall],
  ])('reports the percentiles of the delays that a server was given%s', async (_, during) => {
    const report = await measure(order(open), (sentMs, nth) => trueResponseMs(sentMs, delays[nth] ?? 0, during));

    const truth = due.map((dueMs, nth) => trueResponseMs(dueMs, delays[nth] ?? 0, during));
    expect(report.asked).toBe(due.length);
    for (const [percentile, ms] of [
      [50, report.response.p50],
      [90, report.response.p90],
      [95, report.response.p95],
      [99, report.response.p99],
      [99.9, report.response.p999],
    ] as const) {
      const exact = exactPercentile(truth, percentile);
      expect(Math.abs(ms / exact - 1)).toBeLessThan(0.002);
    }
  });

  it('charges a stall to everybody who comes in it; one that waits for answers sees a single slow request', async () => {
    const during = (sentMs: number): number => trueResponseMs(sentMs, 1, stall);
    const honest = await measure(order({ kind: 'open', perSecond: 100, arrivals: 'even' }), during);
    const waiting = await measure(order({ kind: 'closed', atOnce: 1 }), during);

    const slow = (report: GeneratorReport): number => report.replies.filter(({ ms }) => ms > 10).length;
    // 1,000 ms at 100 a second; the last of them waits for less than 10 ms.
    expect(slow(honest)).toBe(100);
    expect(honest.response.p99).toBeGreaterThan(700);
    expect(slow(waiting)).toBe(1);
    expect(waiting.response.p99).toBeLessThan(2);
  });

  it('counts its own lateness against the server it measures, and reports it', async () => {
    const time = new SimulatedTime();
    const busy: Clock = {
      now: () => time.now(),
      at: (ms, work) => {
        time.at(Math.ceil(ms / 50) * 50, work);
      },
    };
    const send: Send = (_source, _request, onEnd) => {
      time.at(time.now() + 10, () => {
        onEnd({ status: 200, bodyBytes: 0, hasRetryAfter: false });
      });
    };
    const report = await time.run(
      generateLoad(order({ kind: 'open', perSecond: 100, arrivals: 'even' }), busy, send, () => undefined),
    );

    expect(report.lateness.max).toBeCloseTo(40, 0);
    expect(report.response.max).toBeCloseTo(50, 0);
    expect(report.service.max).toBeCloseTo(10, 0);
  });

  it('drops and counts what finds too many under way', async () => {
    const report = await measure(order(open, { maxInFlight: 10 }), () => 1_000);

    expect(report.asked + report.dropped).toBe(due.length);
    expect(report.asked).toBeLessThanOrEqual(10 * 20);
    expect(report.goodput).toBeCloseTo(report.ok / due.length, 10);
  });

  it('keeps so many under way in a closed loop, and waits for the last answer', async () => {
    const report = await measure(order({ kind: 'closed', atOnce: 4 }, { ms: 1_000 }), () => 99);

    expect(report.ok).toBe(4 * 11);
    expect(report.elapsedMs).toBeGreaterThan(1_000);
    // Ten rounds were over in time; the eleventh was not.
    expect(report.okPerSecond).toBe(40);
  });

  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [429, 'refused'],
    [503, 'refused'],
    [0, 'failed'],
    [400, 'failed'],
    [500, 'failed'],
  ] as const)('counts status %i as %s', async (status, outcome) => {
    const report = await measure(order(open, { ms: 1_000 }), () => 1, status);

    expect(report[outcome]).toBe(report.asked);
    expect(report.slices.reduce((sum, slice) => sum + slice[outcome], 0)).toBe(report.asked);
  });
});
