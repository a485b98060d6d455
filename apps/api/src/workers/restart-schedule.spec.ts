import { RestartSchedule } from './restart-schedule';

describe('RestartSchedule', () => {
  const pauses = (schedule: RestartSchedule, lives: readonly number[]) =>
    lives.map((livedMs) => schedule.pauseAfter(livedMs));

  it('starts at once after a long life, and after the first early death', () => {
    const schedule = new RestartSchedule({ random: () => 1 });
    expect(pauses(schedule, [60_000, 100, 60_000, 100])).toEqual([0, 0, 0, 0]);
  });

  it('waits twice as long after each early death, up to a bound, and gives up', () => {
    const schedule = new RestartSchedule({ random: () => 1, longestPauseMs: 1_000, maxEarlyDeaths: 6 });
    expect(pauses(schedule, Array<number>(6).fill(100))).toEqual([0, 250, 500, 1_000, 1_000, undefined]);
  });

  it('spreads the pauses over half of their length', () => {
    const schedule = new RestartSchedule({ random: () => 0 });
    expect(pauses(schedule, [0, 0, 0])).toEqual([0, 125, 250]);
  });
});
