import { analyse } from './origin-bench';

describe("the origin's figures", () => {
  it('are those of its script, with requests a second by the clock beside its own formula', () => {
    const samples = Array.from({ length: 30 }, (_, nth) => ({ seconds: (nth + 1) / 10, isOk: true }));
    const result = analyse({ users: 10, iterations: 3 }, [...samples, { seconds: 9, isOk: false }], 10);

    expect(result).toMatchObject({
      total_requests: 31,
      success_rate: 30 / 31,
      median_duration: 1.55,
      p95_duration: 2.9,
      p99_duration: 3,
      min_duration: 0.1,
      max_duration: 3,
      requests_per_second: 3,
    });
    expect(result.avg_duration).toBeCloseTo(1.55);
    expect(result.origin_requests_per_second).toBeCloseTo(1 / 1.55);
  });
});
