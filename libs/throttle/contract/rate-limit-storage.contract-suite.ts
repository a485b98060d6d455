import { callContext } from '@acervo/kernel';

import type { RateLimit, RateLimitStorage } from '../src/rate-limit-storage';

export interface StorageUnderTest {
  readonly storage: RateLimitStorage;
  setTime(ms: number): void;
  close(): Promise<void>;
}

const limitOf = (key: string, limit: number, weight = 1): RateLimit => ({ key, limit, windowMs: 60_000, weight });

/** What every storage of limits keeps, on a clock that the test sets. */
export function describeRateLimitStorageContract(name: string, make: () => Promise<StorageUnderTest>): void {
  describe(`${name} as a storage of limits`, () => {
    let made: StorageUnderTest;
    const take = async (...limits: RateLimit[]) => await made.storage.take(limits, callContext(5_000));

    beforeEach(async () => {
      made = await make();
      made.setTime(1_000_000);
    });
    afterEach(async () => {
      await made.close();
    });

    it('admits up to the limit and says what is left', async () => {
      expect(await take(limitOf('a', 2))).toEqual({
        isAllowed: true,
        perLimit: [{ remaining: 1, resetMs: 60_000, retryAfterMs: 0 }],
      });
      made.setTime(1_010_000);
      expect((await take(limitOf('a', 2))).isAllowed).toBe(true);
      made.setTime(1_015_000);
      expect(await take(limitOf('a', 2))).toEqual({
        isAllowed: false,
        perLimit: [{ remaining: 0, resetMs: 55_000, retryAfterMs: 45_000 }],
      });
    });

    it('gives a permit back exactly one window after it was spent', async () => {
      await take(limitOf('a', 1));
      made.setTime(1_059_999);
      expect((await take(limitOf('a', 1))).isAllowed).toBe(false);
      made.setTime(1_060_000);
      expect((await take(limitOf('a', 1))).isAllowed).toBe(true);
    });

    it('spends nothing of any limit when one of them refuses', async () => {
      await take(limitOf('full', 1));
      const refused = await take(limitOf('free', 5), limitOf('full', 1));
      expect(refused.isAllowed).toBe(false);
      expect(refused.perLimit.map(({ remaining }) => remaining)).toEqual([5, 0]);
      expect(refused.perLimit.map(({ retryAfterMs }) => retryAfterMs)).toEqual([0, 60_000]);
      expect((await take(limitOf('free', 5, 0))).perLimit[0]?.remaining).toBe(5);
    });

    it('lets a batch cost its items, whole or not at all', async () => {
      expect((await take(limitOf('a', 10, 7))).perLimit[0]?.remaining).toBe(3);
      expect((await take(limitOf('a', 10, 4))).isAllowed).toBe(false);
      expect((await take(limitOf('a', 10, 3))).isAllowed).toBe(true);
    });

    it('says of a request above the whole limit that it will never pass', async () => {
      expect((await take(limitOf('a', 3, 4))).perLimit[0]).toEqual({
        remaining: 3,
        resetMs: 0,
        retryAfterMs: Infinity,
      });
    });

    it('follows a limit that was lowered', async () => {
      await take(limitOf('a', 10, 6));
      expect(await take(limitOf('a', 4))).toEqual({
        isAllowed: false,
        perLimit: [{ remaining: 0, resetMs: 60_000, retryAfterMs: 60_000 }],
      });
    });

    it('never admits more when the clock goes back', async () => {
      await take(limitOf('a', 2));
      made.setTime(990_000);
      // Time stands still until the clock has caught up, so that the log stays in order.
      expect(await take(limitOf('a', 2))).toEqual({
        isAllowed: true,
        perLimit: [{ remaining: 0, resetMs: 60_000, retryAfterMs: 0 }],
      });
      made.setTime(1_055_000);
      expect((await take(limitOf('a', 2))).perLimit).toEqual([{ remaining: 0, resetMs: 5_000, retryAfterMs: 5_000 }]);
      made.setTime(1_060_000);
      expect((await take(limitOf('a', 2, 2))).isAllowed).toBe(true);
    });

    it.each([
      ['no whole limit', [limitOf('a', 1.5)]],
      ['no limit at all', [limitOf('a', 0)]],
      ['a negative weight', [limitOf('a', 1, -1)]],
      ['a window of no length', [{ ...limitOf('a', 1), windowMs: 0 }]],
      ['the same key twice', [limitOf('a', 1), limitOf('a', 1)]],
    ])('refuses %s', async (_, limits) => {
      await expect(async () => await take(...limits)).rejects.toThrow(RangeError);
    });
  });
}
