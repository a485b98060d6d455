import { counter, gauge } from './family';
import { gatherNone } from './gathering';
import { Metrics } from './metrics';
import { MetricsDesk } from './metrics-desk';
import { metricsExample } from './metrics.example';
import { metricsSchema } from './metrics.schema';
import { overview } from './overview';
import { remainsOf } from './snapshot';

describe('the metrics of a server', () => {
  const made: Metrics[] = [];
  const open = (sources: ConstructorParameters<typeof Metrics>[0]['sources'] = []): Metrics => {
    const metrics = new Metrics({
      version: '1',
      lookUps: () => ({ hits: 3, misses: 1 }),
      sources,
      sourceTimeoutMs: 20,
    });
    made.push(metrics);
    return metrics;
  };
  afterEach(() => {
    for (const metrics of made.splice(0)) metrics.close();
  });

  const read = async (desk: MetricsDesk) => {
    const { merged, gathered } = await desk.read();
    return { merged, view: overview(merged, gathered, '1') };
  };

  it('have the documented shape, empty and in use', async () => {
    const metrics = open();
    const desk = new MetricsDesk({ metrics, gather: gatherNone, shared: [] });
    metricsSchema.parse((await read(desk)).view);
    metrics.requests.record(0, 'GET', 200, 4);
    metrics.stages.record('embed', 12);
    const { view } = await read(desk);
    metricsSchema.parse(view);
    metricsSchema.parse(metricsExample);
    expect(view).toMatchObject({ total_requests: 1, avg_response_time: 0.004, p95_response_time: 0.004 });
    expect(view.stages.find(({ stage }) => stage === 'embed')).toMatchObject({ count: 1 });
  });

  it('name what could not be asked, and tell the rest', async () => {
    const silent = new Promise<never>(() => undefined);
    const metrics = open([
      { name: 'hung', collect: () => silent },
      { name: 'broken', collect: () => Promise.reject(new Error('no')) },
      {
        name: 'thrown',
        collect: () => {
          throw new Error('no');
        },
      },
      { name: 'well', collect: () => [counter('well_total', '', 5)] },
    ]);
    const { view, merged } = await read(new MetricsDesk({ metrics, gather: gatherNone, shared: [] }));
    expect(view.unavailable).toEqual(['hung', 'broken', 'thrown']);
    expect(merged.families.map(({ name }) => name)).toContain('well_total');
  });

  it('are those of all processes; what one had counted stays when it is gone, what it held does not', async () => {
    const [one, other] = [open(), open([{ name: 'load', collect: () => [gauge('held', '', 7)] }])];
    one.requests.record(0, 'GET', 200, 1);
    other.requests.record(0, 'GET', 500, 3);
    const away = await other.snapshot();
    const gather = (others: (typeof away)[]) => () =>
      Promise.resolve({ others, expected: 2, answered: 2, restarted: 0 });
    const both = await read(new MetricsDesk({ metrics: one, gather: gather([away]), shared: [] }));
    expect(both.view).toMatchObject({ total_requests: 2, since_start: { errors: 1 }, recent: { requests: 2 } });
    const after = await read(new MetricsDesk({ metrics: one, gather: gather([remainsOf(away)]), shared: [] }));
    expect(after.view.total_requests).toBe(2);
    expect(after.merged.families.map(({ name }) => name)).not.toContain('held');
  });

  it('say when a process has not answered', async () => {
    const gather = () => Promise.resolve({ others: [], expected: 2, answered: 1, restarted: 1 });
    const { view } = await read(new MetricsDesk({ metrics: open(), gather, shared: [] }));
    expect(view).toMatchObject({ unavailable: ['workers'], processes: { expected: 2, answered: 1, restarted: 1 } });
  });
});
