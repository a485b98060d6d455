import { PurgeSchedule } from './purge-schedule';

describe('PurgeSchedule', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('purges once for all removals of its time, again for later ones', async () => {
    const purge = jest.fn(() => Promise.resolve());
    const schedule = new PurgeSchedule(purge, { afterMs: 1_000, retryAfterMs: 10_000, onDelayed: () => undefined });
    schedule.request();
    await jest.advanceTimersByTimeAsync(900);
    schedule.request();
    expect(purge).toHaveBeenCalledTimes(0);
    await jest.advanceTimersByTimeAsync(100);
    expect(purge).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(purge).toHaveBeenCalledTimes(1);
    schedule.request();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(purge).toHaveBeenCalledTimes(2);
  });

  it('tells of a failure and tries again until it succeeds', async () => {
    const purge = jest
      .fn(() => Promise.resolve())
      .mockRejectedValueOnce('busy')
      .mockRejectedValueOnce('busy');
    const delays: unknown[] = [];
    const schedule = new PurgeSchedule(purge, {
      afterMs: 1_000,
      retryAfterMs: 10_000,
      onDelayed: (cause) => delays.push(cause),
    });
    schedule.request();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(purge).toHaveBeenCalledTimes(3);
    expect(delays).toEqual(['busy', 'busy']);
  });

  it('does nothing after it was closed', async () => {
    const purge = jest.fn(() => Promise.resolve());
    const schedule = new PurgeSchedule(purge, { afterMs: 1, retryAfterMs: 1, onDelayed: () => undefined });
    schedule.request();
    schedule.close();
    schedule.request();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(purge).not.toHaveBeenCalled();
  });
});
