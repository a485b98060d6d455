import { counter, gauge, histogram } from './family';
import { FamilyReader } from './family-reader';
import { LatencyHistogram } from './latency-buckets';
import { countedBy, mergeFamilies } from './merge-families';

function processWith(requests: number, lag: number, seconds: number) {
  const latency = new LatencyHistogram();
  latency.observe(seconds);
  return [
    counter('requests_total', '', [[{ route: '/search' }, requests]]),
    gauge('in_flight', '', requests),
    gauge('lag', '', lag, 'max'),
    histogram('duration', '', [[{ route: '/search' }, latency]]),
  ];
}

describe('the numbers of several processes', () => {
  const merged = mergeFamilies([...processWith(3, 0.5, 0.01), ...processWith(4, 0.2, 0.01)]);
  const reader = new FamilyReader(merged);

  it('add up, but for what is the worst of them', () => {
    expect(reader.sum('requests_total', { route: '/search' })).toBe(7);
    expect(reader.sum('in_flight')).toBe(7);
    expect(reader.sum('lag')).toBe(0.5);
    expect(reader.histograms('duration')[0]).toMatchObject({ sum: 0.02 });
  });

  it('have one family of each name', () => {
    expect(merged.map(({ name }) => name)).toEqual(['requests_total', 'in_flight', 'lag', 'duration']);
  });

  it('keep of a process that died what it had counted', () => {
    expect(countedBy(processWith(3, 1, 1)).map(({ name }) => name)).toEqual(['requests_total', 'duration']);
  });

  it('are refused when two families of a name are of two types', () => {
    expect(() => mergeFamilies([counter('x', '', 1), gauge('x', '', 1)])).toThrow(TypeError);
  });
});
