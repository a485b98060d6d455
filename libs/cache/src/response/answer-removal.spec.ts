import { AnswerRemoval } from './answer-removal';

describe('AnswerRemoval', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('clears soon after an addition, and once for all that follow in a while', async () => {
    const cleared: string[] = [];
    const removal = new AnswerRemoval({
      clear: async (collection) => {
        cleared.push(collection);
        return Promise.resolve();
      },
    });
    removal.later('a');
    expect(cleared).toEqual([]);
    await jest.advanceTimersByTimeAsync(25);
    expect(cleared).toEqual(['a']);
    for (let commit = 0; commit < 5; commit++) removal.later('a');
    removal.later('b');
    await jest.advanceTimersByTimeAsync(499);
    expect(cleared).toEqual(['a', 'b']);
    await jest.advanceTimersByTimeAsync(1);
    expect(cleared).toEqual(['a', 'b', 'a']);
    await jest.advanceTimersByTimeAsync(10_000);
    await removal.close();
    expect(cleared).toHaveLength(3);
  });

  it('has cleared when a deletion is answered, in the place of what waited', async () => {
    const cleared: string[] = [];
    const removal = new AnswerRemoval({
      clear: async (collection) => {
        await Promise.resolve();
        cleared.push(collection);
      },
    });
    removal.later('a');
    await removal.now('a');
    expect(cleared).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(cleared).toEqual(['a']);
  });

  it('waits for a tier for a while only, and tries again until it has cleared', async () => {
    let attempts = 0;
    const delayed: unknown[] = [];
    const removal = new AnswerRemoval({
      clear: async () => {
        attempts += 1;
        if (attempts === 1) await new Promise((_, reject) => setTimeout(reject, 3_000, new Error('black hole')));
        if (attempts === 2) throw new Error('refused');
      },
      onDelayed: (_, cause) => delayed.push(cause),
    });
    let isAnswered = false;
    void removal.now('a').then(() => (isAnswered = true));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(isAnswered).toBe(true);
    await jest.advanceTimersByTimeAsync(2_000 + 5_000 + 5_000 + 5_000);
    expect({ attempts, delayed: delayed.map(String) }).toEqual({
      attempts: 3,
      delayed: ['Error: black hole', 'Error: refused'],
    });
  });

  it('does what waits when it is closed, and schedules nothing after that', async () => {
    let attempts = 0;
    const removal = new AnswerRemoval({
      clear: async () => {
        attempts += 1;
        return Promise.reject(new Error('gone'));
      },
    });
    removal.later('a');
    await removal.close();
    removal.later('a');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(attempts).toBe(1);
  });
});
