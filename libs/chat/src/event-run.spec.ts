import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { callContext, throwIfEnded, type CallContext } from '@acervo/kernel';

import { EventRun } from './event-run';

const options = { timeoutMs: 5_000, goesOnAlone: false };
const soon = () => callContext(5_000);

async function all(run: EventRun<number>, context: CallContext, from = 0): Promise<number[]> {
  const seen: number[] = [];
  for await (const { event, number } of run.read(context, from)) {
    expect(event).toBe(number);
    seen.push(event);
  }
  return seen;
}

describe('a run of events', () => {
  it('tells every reader everything, from where they begin', async () => {
    const run = new EventRun(async function* () {
      for (let nth = 0; nth < 5; nth++) {
        await sleep(1);
        yield nth;
      }
    }, options);
    expect(await Promise.all([all(run, soon()), all(run, soon(), 3), all(run, soon(), 9)])).toEqual([
      [0, 1, 2, 3, 4],
      [3, 4],
      [],
    ]);
    expect(await all(run, soon(), 1)).toEqual([1, 2, 3, 4]);
  });

  it('gives what came before a failure, then the failure, to all', async () => {
    const run = new EventRun(async function* () {
      yield 0;
      await sleep(1);
      throw new Error('broke');
    }, options);
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { event } of run.read(soon())) seen.push(event);
    };
    await expect(read()).rejects.toThrow('broke');
    await expect(read()).rejects.toThrow('broke');
    expect(seen).toEqual([0, 0]);
  });

  it('ends its work with the last reader, and not before; unless it goes on alone', async () => {
    for (const goesOnAlone of [false, true]) {
      let ended = false;
      const run = new EventRun<number>(
        async function* (context) {
          yield 0;
          try {
            for (;;) {
              await sleep(1);
              throwIfEnded(context);
              if (goesOnAlone && ended) return;
            }
          } finally {
            ended = true;
          }
        },
        { timeoutMs: goesOnAlone ? 50 : 5_000, goesOnAlone },
      );
      const [one, other] = [new AbortController(), new AbortController()];
      const reads = [one, other].map((who) => all(run, { signal: who.signal, deadlineMs: Infinity }));
      one.abort();
      await expect(reads[0]).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      expect([ended, run.isRunning]).toEqual([false, true]);
      other.abort();
      await expect(reads[1]).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      expect(run.isRunning).toBe(goesOnAlone);
      await run.ended;
      expect(ended).toBe(true);
    }
  });

  it('leaves nobody waiting, whatever the order (2,000 schedules)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 5 }),
        async (schedule, count, from) => {
          const run = new EventRun(async function* () {
            for (let nth = 0; nth < count; nth++) {
              await schedule.schedule(Promise.resolve(), `event ${nth}`);
              yield nth;
            }
          }, options);
          const readers = [0, from].map(async (start) => {
            await schedule.schedule(Promise.resolve(), `reader from ${start}`);
            return await all(run, soon(), start);
          });
          await schedule.waitFor(Promise.all(readers));
          const expected = Array.from({ length: count }, (_, nth) => nth);
          expect(await Promise.all(readers)).toEqual([expected, expected.slice(from)]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
