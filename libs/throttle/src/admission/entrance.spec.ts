import { callContext } from '@acervo/kernel';

import { Admission, Entrance } from '../index';

const leftMs = 30_000;

describe('Entrance', () => {
  const enter = (entrance: Entrance, count: number, client: string): (() => void)[] =>
    Array.from({ length: count }, (_, nth) => entrance.enter(`${client} ${nth}`, client));

  it('lets a client in as long as it leaves as much free as it has', () => {
    const entrance = new Entrance(new Admission({ permits: 2, maxWaiting: 8 }), 'search');
    let entered = 0;
    while (entrance.refusesFor(`${entered}`, 'greedy', leftMs) === 0) {
      entrance.enter(`${entered}`, 'greedy');
      entered += 1;
    }
    expect(entered).toBe(5);
    expect(entrance.refusesFor('other', 'other', leftMs)).toBe(0);
  });

  it('never refuses the only one, however little there is', () => {
    const entrance = new Entrance(new Admission({ permits: 1, maxWaiting: 1 }), 'search');
    expect(entrance.refusesFor('a', 'client', leftMs)).toBe(0);
  });

  it('lets in what equals a request under way: it costs no permit of its own', () => {
    const entrance = new Entrance(new Admission({ permits: 1, maxWaiting: 1 }), 'search');
    entrance.enter('same', 'client');
    expect(entrance.refusesFor('another', 'client', leftMs)).toBeGreaterThan(0);
    expect(entrance.refusesFor('same', 'client', leftMs)).toBe(0);
  });

  it('says what admission says, in the seconds that it says', async () => {
    const admission = new Admission({ permits: 1, maxWaiting: 4 });
    const entrance = new Entrance(admission, 'search');
    let end = (): void => undefined;
    const run = admission.run(
      'search',
      callContext(leftMs),
      async () => new Promise<void>((resolve) => (end = resolve)),
    );
    entrance.enter('a', 'client');
    expect(entrance.refusesFor('b', 'client', 0)).toBe(admission.refusesFor('search', 'client', 0));
    end();
    await run;
  });

  it('forgets who has left', () => {
    const entrance = new Entrance(new Admission({ permits: 1, maxWaiting: 3 }), 'search');
    const leave = [...enter(entrance, 3, 'client'), ...enter(entrance, 3, 'client')];
    expect(entrance.size).toBe(3);
    for (const one of leave) one();
    expect(entrance.size).toBe(0);
    expect(entrance.refusesFor('a', 'client', leftMs)).toBe(0);
  });
});
