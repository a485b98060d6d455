import { getEventListeners } from 'node:events';

import type { CallContext } from '@acervo/kernel';

import { Admission, type WorkClass } from '../index';

/** Work that ends when it is told to, and the order in which it began. */
class Workshop {
  readonly begun: string[] = [];
  private readonly ends: (() => void)[] = [];

  constructor(readonly admission: Admission) {}

  async ask(name: string, context: Partial<CallContext> = {}, workClass: WorkClass = 'search'): Promise<void> {
    const call = { signal: new AbortController().signal, deadlineMs: Infinity, ...context };
    await this.admission.run(workClass, call, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.ends.push(resolve));
    });
  }

  /** Ends the oldest work under way, `times` in turn. */
  async finish(times = 1): Promise<void> {
    for (let nth = 0; nth < times; nth += 1) {
      this.ends.shift()?.();
      await new Promise(setImmediate);
    }
  }
}

const within = (ms: number): Partial<CallContext> => ({ deadlineMs: performance.now() + ms });
const overloaded = { code: 'SERVER_OVERLOADED', params: { retryAfterSeconds: expect.any(Number) as number } };

describe('Admission', () => {
  it('runs as many as there are permits, and the next when one is given back', async () => {
    const shop = new Workshop(new Admission({ permits: 2 }));
    const all = ['a', 'b', 'c'].map(async (name) => shop.ask(name));
    expect(shop.begun).toEqual(['a', 'b']);
    expect(shop.admission.load).toMatchObject({ running: 2, waiting: 1 });
    await shop.finish(3);
    await Promise.all(all);
    expect(shop.begun).toEqual(['a', 'b', 'c']);
    expect(shop.admission.load).toMatchObject({ running: 0, waiting: 0, admitted: 3 });
  });

  it('gives the permit back when the work fails', async () => {
    const admission = new Admission({ permits: 1 });
    const context = { signal: new AbortController().signal, deadlineMs: Infinity };
    await expect(admission.run('search', context, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(admission.run('search', context, async () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('lets clients take turns: one that asks for fifty at once keeps nobody waiting for a second round', async () => {
    const shop = new Workshop(new Admission({ permits: 1, maxWaiting: 200 }));
    const all = Array.from({ length: 50 }, async () => shop.ask('greedy', { client: 'greedy' }));
    for (let nth = 1; nth <= 20; nth += 1) all.push(shop.ask(`client ${nth}`, { client: `client ${nth}` }));
    await shop.finish(22);
    const served = shop.begun.slice(1, 22);
    expect(new Set(served).size).toBe(21);
    await shop.finish(50);
    await Promise.all(all);
  });

  it('leaves room for others: one client fills no more than half of the line', async () => {
    const shop = new Workshop(new Admission({ permits: 1, maxWaiting: 10 }));
    const greedy = Array.from({ length: 20 }, async () => shop.ask('greedy', { client: 'greedy' }));
    const refused = (await Promise.allSettled(greedy.slice(6))).filter(({ status }) => status === 'rejected').length;
    expect(refused).toBe(14);
    await expect(greedy.at(-1)).rejects.toMatchObject(overloaded);
    const other = shop.ask('other', { client: 'other' });
    await shop.finish(7);
    await Promise.all([other, ...greedy.slice(0, 6)]);
  });

  it('serves the earliest deadline of a client first', async () => {
    const shop = new Workshop(new Admission({ permits: 1 }));
    const all = [
      shop.ask('first'),
      shop.ask('patient'),
      shop.ask('late', within(60_000)),
      shop.ask('soon', within(50_000)),
    ];
    await shop.finish(4);
    await Promise.all(all);
    expect(shop.begun).toEqual(['first', 'soon', 'late', 'patient']);
  });

  it('goes by class: searches first, and nobody is left out', async () => {
    const shop = new Workshop(new Admission({ permits: 1, maxWaiting: 1_000 }));
    const all = [shop.ask('holds it')];
    const classes: WorkClass[] = ['background', 'research', 'chat', 'search'];
    for (const workClass of classes)
      for (let nth = 0; nth < 100; nth += 1) all.push(shop.ask(workClass, {}, workClass));
    await shop.finish(402);
    await Promise.all(all);
    const [, ...order] = shop.begun;
    const share = (workClass: WorkClass): number => order.slice(0, 85).filter((one) => one === workClass).length;
    expect(classes.map(share)).toEqual([1, 4, 16, 64]);
    expect(order.indexOf('search')).toBe(0);
  });

  it('keeps half of the permits from the background', async () => {
    const shop = new Workshop(new Admission({ permits: 5 }));
    const all = Array.from({ length: 4 }, async () => shop.ask('passages', {}, 'background'));
    all.push(...Array.from({ length: 3 }, async () => shop.ask('question')));
    expect(shop.begun).toEqual(['passages', 'passages', 'question', 'question', 'question']);
    await shop.finish(7);
    await Promise.all(all);
  });

  it('refuses at once who would wait beyond the deadline, and says when to come back', async () => {
    const times = jest.spyOn(performance, 'now');
    let now = 1_000;
    times.mockImplementation(() => now);
    const shop = new Workshop(new Admission({ permits: 1 }));
    const slow = shop.ask('takes two seconds');
    now += 2_000;
    await shop.finish();
    await slow;
    const all = [shop.ask('runs'), shop.ask('waits', within(5_000))];
    const late = shop.ask('late', within(5_000));
    await expect(late).rejects.toMatchObject({ code: 'SERVER_OVERLOADED', params: { retryAfterSeconds: 1 } });
    expect(shop.admission.refusesFor('search', undefined, 5_000)).toBe(1);
    expect(shop.admission.refusesFor('search', undefined, 7_000)).toBe(0);
    await shop.finish(2);
    await Promise.all(all);
    times.mockRestore();
  });

  it('hands no permit to whoever is past its deadline without having noticed', async () => {
    const times = jest.spyOn(performance, 'now');
    let now = 0;
    times.mockImplementation(() => now);
    const shop = new Workshop(new Admission({ permits: 1 }));
    const all = [shop.ask('first'), shop.ask('expired', within(10)), shop.ask('next', { client: 'other' })];
    const expired = expect(all[1]).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
    now = 20;
    await shop.finish();
    await expired;
    expect(shop.begun).toEqual(['first', 'next']);
    await shop.finish();
    times.mockRestore();
    await Promise.all([all[0], all[2]]);
  });

  it('C10: ten thousand that leave while they wait leave nothing behind', async () => {
    const shop = new Workshop(new Admission({ permits: 1, maxWaiting: 20_000 }));
    const first = shop.ask('first');
    const callers = Array.from({ length: 10_000 }, () => new AbortController());
    const calls = callers.map(async ({ signal }, nth) => shop.ask('gone', { signal, client: `client ${nth % 100}` }));
    const outcomes = Promise.allSettled(calls);
    expect(shop.admission.load.waiting).toBe(10_000);
    for (const caller of callers) caller.abort();
    expect(shop.admission.load).toMatchObject({ running: 1, waiting: 0, left: 10_000 });
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'REQUEST_CANCELLED' } });
    expect(callers.filter(({ signal }) => getEventListeners(signal, 'abort').length > 0)).toEqual([]);
    await shop.finish();
    await first;
    expect(shop.begun).toEqual(['first']);
  });

  it('holds on to no signal once the permit was given', async () => {
    const shop = new Workshop(new Admission({ permits: 1 }));
    const caller = new AbortController();
    const all = [shop.ask('first'), shop.ask('second', { signal: caller.signal })];
    await shop.finish();
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    await shop.finish();
    await Promise.all(all);
  });

  it('tells those who wait when it closes', async () => {
    const shop = new Workshop(new Admission({ permits: 1 }));
    const first = shop.ask('first');
    const second = shop.ask('second');
    shop.admission.close();
    await expect(second).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    await expect(shop.ask('third')).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    await shop.finish();
    await first;
  });
});
