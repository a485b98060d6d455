import { LatencyRecord, type Latency } from './latency';
import { verdictOf } from './verdict';

function constant(ms: number): Latency {
  const record = new LatencyRecord(3);
  for (let nth = 0; nth < 100; nth += 1) record.add(ms);
  return record.summary();
}
const fair = { cpuShare: 0.3, lateness: constant(0.2), response: constant(20), dropped: 0 };

describe('a verdict', () => {
  it('lets figures be claimed when the generator had time to spare', () => {
    expect(verdictOf([fair, fair])).toEqual({ isClaim: true });
  });

  it.each([
    ['most of a core', { cpuShare: 0.95 }, 'used 95 % of a core'],
    ['requests that leave late', { lateness: constant(30) }, 'left 30.0 ms late'],
    ['requests that do not leave', { dropped: 3 }, '3 requests were not sent'],
  ])('refuses for %s, in any of the runs', (_, change, reason) => {
    const verdict = verdictOf([fair, { ...fair, ...change }]);

    expect(verdict).toMatchObject({
      isClaim: false,
      reasons: expect.arrayContaining([expect.stringContaining(reason)]) as string[],
    });
  });

  it('allows lateness that is small beside what is measured', () => {
    expect(verdictOf([{ ...fair, lateness: constant(9), response: constant(500) }])).toEqual({ isClaim: true });
  });
});
