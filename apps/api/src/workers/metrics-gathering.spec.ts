import { Metrics, type Gathered, type MetricsSnapshot } from '@acervo/metrics';

import type { ToWorker } from './messages';
import { MetricsGathering } from './metrics-gathering';

describe('gathering the metrics of workers', () => {
  const metrics = new Metrics({ version: '1', lookUps: () => ({ hits: 0, misses: 0 }), sources: [] });
  afterAll(() => {
    metrics.close();
  });

  let snapshot: MetricsSnapshot;
  let sent: { readonly to: string; readonly message: ToWorker }[];
  let gathering: MetricsGathering<string>;
  beforeEach(async () => {
    snapshot = await metrics.snapshot();
    sent = [];
    gathering = new MetricsGathering((to, message) => sent.push({ to, message }), 20);
  });

  const answers = (): Gathered[] =>
    sent.flatMap(({ message }) => (message.kind === 'gathered' ? [message.gathered] : []));
  const questionTo = (worker: string): number =>
    sent.flatMap(({ to, message }) => (to === worker && message.kind === 'metrics-asked' ? [message.id] : []))[0] ?? -1;
  const answered = async (): Promise<Gathered> => {
    while (answers().length === 0) await new Promise((resolve) => setImmediate(resolve));
    return answers()[0] as Gathered;
  };

  it('ends when all have answered', async () => {
    gathering.gather('a', 7, snapshot, ['b', 'c']);
    gathering.told('b', questionTo('b'), snapshot);
    expect(answers()).toEqual([]);
    gathering.told('c', questionTo('c'), snapshot);
    expect(await answered()).toMatchObject({ expected: 3, answered: 3, others: [snapshot, snapshot] });
    expect(sent.at(-1)).toMatchObject({ to: 'a', message: { id: 7 } });
  });

  it('ends in time without one that hangs, with what it told last', async () => {
    gathering.told('b', undefined, snapshot);
    gathering.gather('a', 1, snapshot, ['b']);
    expect(await answered()).toMatchObject({ expected: 2, answered: 1, others: [snapshot] });
  });

  it('keeps what one had counted that died, also while it was asked', async () => {
    gathering.told('b', undefined, snapshot);
    gathering.gather('a', 1, snapshot, ['b']);
    gathering.gone('b');
    const { others, restarted } = await answered();
    expect(restarted).toBe(1);
    const [remains] = others;
    expect(remains?.families.every(({ type }) => type !== 'gauge')).toBe(true);
    expect(remains?.families.length).toBeGreaterThan(0);
  });

  it('answers one that is alone at once, and nobody who died while asking', async () => {
    gathering.gather('a', 1, snapshot, []);
    expect(await answered()).toEqual({ others: [], expected: 1, answered: 1, restarted: 0 });
    sent.length = 0;
    gathering.gather('a', 2, snapshot, ['b']);
    gathering.gone('a');
    gathering.told('b', questionTo('b'), snapshot);
    expect(answers()).toEqual([]);
  });
});
