import { EventRun } from './event-run';
import { SharedRuns } from './shared-runs';

const options = { timeoutMs: 5_000, goesOnAlone: false };

describe('runs that are shared', () => {
  it('are joined while they go on and when they have just ended, by their own question alone', async () => {
    const runs = new SharedRuns<number>();
    let begun = 0;
    const begin = () => new EventRun(() => [(begun += 1)], options);
    const first = runs.join('a', begin);
    expect(runs.join('a', begin)).toBe(first);
    await first.ended;
    expect(runs.join('a', begin)).toBe(first);
    expect(runs.join('b', begin)).not.toBe(first);
    expect(begun).toBe(2);
  });

  it('are begun anew after a failure', async () => {
    const runs = new SharedRuns<number>();
    const failing = runs.join(
      'a',
      () =>
        new EventRun<number>(() => {
          throw new Error('broke');
        }, options),
    );
    await failing.ended;
    const next = runs.join('a', () => new EventRun(() => [1], options));
    expect(next).not.toBe(failing);
    expect(runs.join('a', () => failing)).toBe(next);
  });
});
