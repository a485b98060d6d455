import fc from 'fast-check';

import { histories, SlidingLogModel } from '../../../contract/sliding-log-model';

import { MemoryRateLimitStorage } from './memory-rate-limit-storage';

describe('C2: the sliding log in memory', () => {
  it('decides 10,000 histories as the definition does, never above the limit in any window', async () => {
    let nowMs = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const model = new SlidingLogModel();
        const storage = new MemoryRateLimitStorage({ now: () => nowMs });
        nowMs = 0;
        for (const { gapMs, limits } of history) {
          nowMs += gapMs;
          const decision = storage.take(limits);
          const expected = model.take(limits, nowMs);
          if (JSON.stringify(decision) !== JSON.stringify(expected)) expect(decision).toEqual(expected);
          if (!decision.isAllowed) refused += 1;
        }
        for (const { key, limit, windowMs } of history.flatMap(({ limits }) => limits))
          if (model.fullest(key, windowMs) > limit) throw new Error(`${key} is above ${limit}.`);
        await storage.close();
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(10_000);
  }, 120_000);
});
