import fc from 'fast-check';

import { latencyBounds, LatencyHistogram, latencyOf, latencyOfBuckets, totalOf } from './latency-buckets';

const durations = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 500 });

describe('a histogram of durations', () => {
  it('counts each duration in the first bucket whose bound it does not exceed', () => {
    fc.assert(
      fc.property(durations, (seconds) => {
        const histogram = new LatencyHistogram();
        for (const one of seconds) histogram.observe(one);
        const expected = [...latencyBounds, Infinity].map(
          (bound, at) => seconds.filter((one) => one <= bound && one > (latencyBounds[at - 1] ?? -1)).length,
        );
        expect([...histogram.counts]).toEqual(expected);
        expect(totalOf(histogram.counts)).toBe(seconds.length);
      }),
    );
  });

  it('tells percentiles that lie in the bucket of the exact one', () => {
    fc.assert(
      fc.property(durations, (seconds) => {
        const histogram = new LatencyHistogram();
        for (const one of seconds) histogram.observe(one);
        const exact = latencyOf(Float64Array.from(seconds));
        const interpolated = latencyOfBuckets(histogram.counts, histogram.sum);
        expect(interpolated.avg).toBeCloseTo(exact.avg, 6);
        for (const name of ['p50', 'p95', 'p99'] as const) {
          const upper = latencyBounds.find((bound) => exact[name] <= bound);
          const lower = latencyBounds.findLast((bound) => bound < exact[name]) ?? 0;
          expect(interpolated[name]).toBeGreaterThanOrEqual(lower - 1e-9);
          expect(interpolated[name]).toBeLessThanOrEqual((upper ?? latencyBounds.at(-1) ?? 0) + 1e-9);
        }
      }),
    );
  });

  it('is all zero without a duration', () => {
    const nothing = { avg: 0, p50: 0, p95: 0, p99: 0 };
    expect(latencyOf(new Float64Array())).toEqual(nothing);
    expect(latencyOfBuckets(new LatencyHistogram().counts, 0)).toEqual(nothing);
  });
});
