import { MemoryRateLimitStorage } from '../adapters/memory/memory-rate-limit-storage';

export interface LimiterBench {
  readonly liveHits: number;
  /** Of one client with that many live hits: takes that spend, and takes that are refused. Best of five rounds. */
  readonly oneKeyNanoseconds: number;
  readonly refusedNanoseconds: number;
  /** Of that many clients with one live hit each, in random order. */
  readonly manyKeysNanoseconds: number;
  /** Each take a new client while that many are kept: a flood of forged addresses. */
  readonly newKeysNanoseconds: number;
}

const TAKES = 200_000;
const WINDOW_MS = 60_000;

/**
 * One take of one limit in memory with `liveHits` in the window, in CPU time: what else the machine does counts only as
 * far as it takes the caches. The clock of the process is included, but where hits leave.
 */
export function benchLimiter(liveHits: number): LimiterBench {
  return {
    liveHits,
    oneKeyNanoseconds: best(() => {
      // A step of the clock lets one hit go for each that comes: the number of live hits stays.
      const stepMs = WINDOW_MS / liveHits;
      let nowMs = 0;
      const storage = new MemoryRateLimitStorage({ now: () => (nowMs += stepMs) });
      const take = takeOf(storage, liveHits + 1);
      for (let nth = 0; nth < liveHits; nth += 1) take('one');
      return measure(storage, () => {
        take('one');
      });
    }),
    refusedNanoseconds: best(() => {
      const storage = new MemoryRateLimitStorage();
      const take = takeOf(storage, liveHits);
      for (let nth = 0; nth < liveHits; nth += 1) take('one');
      return measure(storage, () => {
        take('one');
      });
    }),
    manyKeysNanoseconds: best(() => {
      const storage = new MemoryRateLimitStorage({ maxKeys: liveHits });
      const take = takeOf(storage, 60);
      const keys = Array.from({ length: liveHits }, (_, nth) => `search:client-${nth}`);
      for (const key of keys) take(key);
      return measure(storage, (nth) => {
        take(keys[(Math.imul(nth, 2_654_435_761) >>> 0) % liveHits] ?? '');
      });
    }),
    newKeysNanoseconds: best(() => {
      const storage = new MemoryRateLimitStorage({ maxKeys: liveHits });
      const take = takeOf(storage, 60);
      for (let nth = 0; nth < liveHits; nth += 1) take(`search:old-${nth}`);
      const keys = Array.from({ length: TAKES }, (_, nth) => `search:new-${nth}`);
      return measure(storage, (nth) => {
        take(keys[nth] ?? '');
      });
    }),
  };
}

function takeOf(storage: MemoryRateLimitStorage, limit: number): (key: string) => void {
  return (key) => {
    storage.take([{ key, limit, windowMs: WINDOW_MS, weight: 1 }]);
  };
}

function measure(storage: MemoryRateLimitStorage, work: (nth: number) => void): number {
  const before = process.cpuUsage();
  for (let nth = 0; nth < TAKES; nth += 1) work(nth);
  const { user, system } = process.cpuUsage(before);
  void storage.close();
  return ((user + system) * 1_000) / TAKES;
}

function best(round: () => number): number {
  return Math.min(...Array.from({ length: 5 }, round));
}
