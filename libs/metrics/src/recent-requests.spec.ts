import { mergeRecent, recentCapacity, RecentLog } from './recent-requests';

const series = [{ route: '/search', method: 'POST' }];

function logOf(from: number, to: number, step = 1): RecentLog {
  const log = new RecentLog();
  for (let at = from; at < to; at += step) log.add(at, at / 1_000, 200, 0);
  return log;
}

describe('the last requests', () => {
  it('are in order of time, and no more than a thousand', () => {
    const { endedAtMs } = logOf(0, 2_500).read(series);
    expect(endedAtMs).toHaveLength(recentCapacity);
    expect([endedAtMs[0], endedAtMs.at(-1)]).toEqual([1_500, 2_499]);
    expect([...endedAtMs]).toEqual([...endedAtMs].sort((one, other) => one - other));
  });

  it('of two processes are the last of both, each under its route', () => {
    const even = logOf(0, 2_000, 2).read(series);
    const odd = logOf(1, 2_000, 2).read([{ route: '/chat', method: 'POST' }]);
    const merged = mergeRecent([even, odd]);
    expect([...merged.endedAtMs]).toEqual(Array.from({ length: 1_000 }, (_, nth) => 1_000 + nth));
    const routeAt = (at: number): string | undefined => merged.series[merged.seriesOf[at] ?? -1]?.route;
    expect([routeAt(0), routeAt(1)]).toEqual(['/search', '/chat']);
  });
});
