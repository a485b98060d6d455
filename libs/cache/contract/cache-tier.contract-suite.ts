import type { CacheTier } from '../src/cache-tier';

export interface TierUnderTest {
  readonly tier: CacheTier;
  /** Moves the clock that the tier looks at. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every tier promises. */
export function describeCacheTierContract(name: string, make: () => Promise<TierUnderTest>): void {
  describe(`${name} as a cache tier`, () => {
    let test: TierUnderTest;
    const write = (key: string, text: string, ttlMs = 60_000) => ({
      key,
      bytes: Buffer.from(text),
      expiresAtMs: Date.now() + ttlMs,
    });
    const look = async ({ tier }: TierUnderTest, key: string): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        tier.look(
          key,
          (bytes) => {
            resolve(bytes?.toString());
          },
          reject,
        );
      });
    const read = async (...keys: string[]): Promise<(string | undefined)[]> =>
      (await test.tier.getMany(keys)).map((bytes) => bytes?.toString());

    beforeAll(async () => {
      test = await make();
    }, 60_000);
    beforeEach(async () => {
      await test.tier.clear('');
    });
    afterAll(async () => {
      await test.close();
    });

    it('answers in the order of the keys, with nothing for what it does not have', async () => {
      await test.tier.setMany([write('a', 'A'), write('b', 'B')]);
      expect(await read('b', 'x', 'a', 'b')).toEqual(['B', undefined, 'A', 'B']);
      expect(await read('a')).toEqual(['A']);
      expect(await read()).toEqual([]);
    });

    it('answers each of many single reads at once with its own value', async () => {
      const keys = Array.from({ length: 100 }, (_, nth) => `k${nth}`);
      await test.tier.setMany(keys.filter((_, nth) => nth % 3 > 0).map((key) => write(key, `value of ${key}`)));
      const expected = keys.map((key, nth) => (nth % 3 > 0 ? `value of ${key}` : undefined));
      expect(await Promise.all(keys.map((key) => look(test, key)))).toEqual(expected);
      expect(await look(test, 'k1')).toBe('value of k1');
      expect(await look(test, 'k0')).toBeUndefined();
    });

    it('gives bytes back as they were, none and many', async () => {
      const bytes = [Buffer.alloc(0), Buffer.from([0, 13, 10, 255, 128]), Buffer.alloc(200_000, 7)];
      const expiresAtMs = Date.now() + 60_000;
      await test.tier.setMany(bytes.map((value, nth) => ({ key: `k${nth}`, bytes: value, expiresAtMs })));
      const stored = await test.tier.getMany(['k0', 'k1', 'k2']);
      expect(stored.map((value, nth) => Buffer.isBuffer(value) && value.equals(bytes[nth] ?? value))).toEqual([
        true,
        true,
        true,
      ]);
    });

    it('keeps the last write', async () => {
      await test.tier.setMany([write('a', 'old'), write('a', 'new')]);
      expect(await read('a')).toEqual(['new']);
      await test.tier.setMany([write('a', 'newest')]);
      expect(await read('a')).toEqual(['newest']);
    });

    it('forgets what has expired, and does not take what has expired already', async () => {
      await test.tier.setMany([write('short', 's', 200), write('long', 'l'), write('past', 'p', -5)]);
      expect(await read('past')).toEqual([undefined]);
      await test.wait(250);
      expect(await read('short', 'long')).toEqual([undefined, 'l']);
    });

    it('deletes by key and clears by prefix', async () => {
      await test.tier.setMany(['a:1', 'a:2', 'a*:3', 'b:1'].map((key) => write(key, key)));
      await test.tier.deleteMany(['a:1', 'nothing']);
      await test.tier.deleteMany([]);
      expect(await read('a:1', 'a:2')).toEqual([undefined, 'a:2']);
      await test.tier.clear('a*:');
      expect(await read('a:2', 'a*:3')).toEqual(['a:2', undefined]);
      await test.tier.clear('a:');
      expect(await read('a:2', 'b:1')).toEqual([undefined, 'b:1']);
    });

    it('is healthy, and rejects after closing', async () => {
      await test.tier.checkHealth();
      const other = await make();
      await other.close();
      await other.tier.close();
      await expect(other.tier.getMany(['a'])).rejects.toThrow();
      const looks = await Promise.allSettled(['a', 'b'].map((key) => look(other, key)));
      expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    });
  });
}
