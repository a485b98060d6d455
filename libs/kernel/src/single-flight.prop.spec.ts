import fc from 'fast-check';

import { callContext, type CallContext } from './call-context';
import { DomainError } from './domain-error';
import { SingleFlight } from './single-flight';

/** Without a deadline; of its own, for listeners are per signal. */
const patient = (deadlineMs = Infinity): CallContext => ({ signal: new AbortController().signal, deadlineMs });

describe('single flight', () => {
  it('computes once for 1,000 equal calls (B1)', async () => {
    const flights = new SingleFlight<number>();
    let computations = 0;
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => flights.run('k', patient(), async () => Promise.resolve(++computations))),
    );
    expect(computations).toBe(1);
    expect(answers.filter(({ isJoined }) => !isJoined)).toHaveLength(1);
    expect(new Set(answers.map(({ value }) => value))).toEqual(new Set([1]));
    expect(flights.size).toBe(0);
  });

  it('gives work the longest deadline of those who wait', async () => {
    const flights = new SingleFlight<number>();
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    let deadline: () => number = () => 0;
    const first = flights.run('k', patient(1e12), async (context) => {
      deadline = () => context.deadlineMs;
      await isReleased;
      return 1;
    });
    const second = flights.run('k', patient(2e12), async () => Promise.resolve(2));
    await Promise.resolve();
    expect(deadline()).toBe(2e12);
    release();
    expect((await Promise.all([first, second])).map(({ value }) => value)).toEqual([1, 1]);
  });

  it('ends one waiter with its own deadline', async () => {
    const flights = new SingleFlight<number>();
    const hanging = flights.run('k', callContext(1), async () => new Promise<number>(() => undefined));
    await expect(hanging).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
    expect(flights.size).toBe(0);
  });

  it('keeps its promises in 10,000 schedules of owners that fail, hang or leave (B3)', async () => {
    const caller = fc.record({
      key: fc.constantFrom('a', 'b'),
      leaves: fc.boolean(),
      outcome: fc.constantFrom('value' as const, 'failure' as const, 'hang' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(caller, { minLength: 1, maxLength: 6 }), async (scheduler, callers) => {
        const flights = new SingleFlight<string>();
        const running = new Map<string, number>();
        const ended: boolean[] = [];
        let works = 0;
        const calls = callers.map(async ({ key, leaves, outcome }, nth) => {
          const controller = new AbortController();
          await scheduler.schedule(Promise.resolve(), `call ${nth}`);
          const call = flights.run(key, { signal: controller.signal, deadlineMs: Infinity }, async ({ signal }) => {
            const id = works++;
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBe(1);
            const isOver = new Promise<never>((_, reject) => {
              signal.addEventListener('abort', () => {
                ended[id] = true;
                running.set(key, 0);
                reject(new Error('aborted'));
              });
            });
            const done = scheduler.schedule(Promise.resolve(), `work ${id}`).then(async () => {
              if (outcome === 'hang') return await isOver;
              if (!signal.aborted) running.set(key, 0);
              ended[id] = true;
              if (outcome === 'failure') throw new DomainError('FAILED', key);
              return `${key}${id}`;
            });
            return await Promise.race([done, isOver]);
          });
          // Whoever would wait for ever for a hanging owner leaves in the end.
          if (leaves || callers.some((other) => other.outcome === 'hang')) {
            void scheduler.schedule(Promise.resolve(), `leave ${nth}`).then(() => {
              controller.abort();
            });
          }
          return await call.then(
            ({ value }) => ({ key, value, leaves, error: undefined }),
            (error: unknown) => ({ key, value: undefined, leaves, error }),
          );
        });
        await scheduler.waitFor(Promise.all(calls));
        for (const { key, value, error } of await Promise.all(calls)) {
          if (value !== undefined) expect(value.startsWith(key)).toBe(true);
          else expect(['FAILED', 'REQUEST_CANCELLED']).toContain((error as DomainError).code);
        }
        // Work that did not end by itself was ended when its last waiter left, and nothing stays behind.
        await scheduler.waitIdle();
        expect(Array.from({ length: works }, (_, id) => ended[id] ?? false)).not.toContain(false);
        expect(flights.size).toBe(0);
        const next = await flights.run('a', patient(), async () => Promise.resolve('again'));
        expect(next).toEqual({ value: 'again', isJoined: false });
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);
});
