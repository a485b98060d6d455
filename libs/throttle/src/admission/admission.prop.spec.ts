import fc from 'fast-check';

import { Admission, workClasses, type WorkClass } from '../index';

interface Caller {
  readonly workClass: WorkClass;
  readonly client: string;
  readonly leaves: boolean;
  readonly fails: boolean;
}

describe('Admission, in any order of events', () => {
  const caller = fc.record({
    workClass: fc.constantFrom(...workClasses),
    client: fc.constantFrom('a', 'b', 'c'),
    leaves: fc.boolean(),
    fails: fc.boolean(),
  });

  it('never runs more than it has permits, never waits beside a free one, and forgets everybody', async () => {
    const options = fc.record({ permits: fc.integer({ min: 1, max: 4 }), maxWaiting: fc.integer({ min: 1, max: 8 }) });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), options, fc.array(caller, { maxLength: 25 }), async (s, given, callers) => {
        const admission = new Admission(given);
        const backgroundPermits = Math.max(1, Math.floor(given.permits / 2));
        const isAllUrgent = callers.every(({ workClass }) => workClass !== 'background');
        const mayAllEnter = isAllUrgent ? given.permits : backgroundPermits;
        const running = { all: 0, background: 0 };
        const seen = { running: 0, background: 0, waitingInVain: 0 };
        let begun = 0;
        const look = (): void => {
          const { load } = admission;
          seen.running = Math.max(seen.running, running.all);
          seen.background = Math.max(seen.background, running.background);
          if (load.running < mayAllEnter) seen.waitingInVain = Math.max(seen.waitingInVain, load.waiting);
        };
        const call = async ({ workClass, client, leaves, fails }: Caller): Promise<string> => {
          const controller = new AbortController();
          await s.schedule(Promise.resolve(), 'arrive');
          if (leaves)
            void s.schedule(Promise.resolve(), 'leave').then(() => {
              controller.abort();
              look();
            });
          const share = workClass === 'background' ? 1 : 0;
          try {
            await admission.run(workClass, { signal: controller.signal, deadlineMs: Infinity, client }, async () => {
              begun += 1;
              running.all += 1;
              running.background += share;
              look();
              await s.schedule(Promise.resolve(), 'work');
              running.all -= 1;
              running.background -= share;
              if (fails) throw new Error('failed');
            });
            return 'done';
          } catch (error) {
            return (error as { code?: string }).code ?? 'failed';
          }
        };
        const outcomes = await s.waitFor(Promise.all(callers.map(call)));
        await s.waitIdle();
        expect(seen.running).toBeLessThanOrEqual(given.permits);
        expect(seen.background).toBeLessThanOrEqual(backgroundPermits);
        expect(seen.waitingInVain).toBe(0);
        const count = (...of: string[]): number => outcomes.filter((outcome) => of.includes(outcome)).length;
        expect(admission.load).toEqual({
          permits: given.permits,
          running: 0,
          waiting: 0,
          waitingByClass: { search: 0, chat: 0, research: 0, background: 0 },
          admitted: begun,
          refused: count('SERVER_OVERLOADED'),
          left: count('REQUEST_CANCELLED'),
        });
        expect(begun).toBe(count('done', 'failed'));
      }),
    );
  });
});
