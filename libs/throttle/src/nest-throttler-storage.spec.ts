import { MemoryRateLimitStorage } from './adapters/memory/memory-rate-limit-storage';
import { NestThrottlerStorage } from './nest-throttler-storage';

describe('NestThrottlerStorage', () => {
  let nowMs = 0;
  let memory: MemoryRateLimitStorage;
  let storage: NestThrottlerStorage;
  beforeEach(() => {
    nowMs = 0;
    memory = new MemoryRateLimitStorage({ now: () => nowMs });
    storage = new NestThrottlerStorage(memory);
  });
  afterEach(async () => memory.close());

  it('counts hits, and blocks until one of them leaves', async () => {
    expect(await storage.increment('a', 60_000, 2, 60_000)).toEqual({
      totalHits: 1,
      timeToExpire: 60,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    nowMs = 10_000;
    await storage.increment('a', 60_000, 2, 60_000);
    nowMs = 20_000;
    expect(await storage.increment('a', 60_000, 2, 60_000)).toMatchObject({ isBlocked: true, timeToBlockExpire: 40 });
    nowMs = 60_000;
    expect(await storage.increment('a', 60_000, 2, 60_000)).toMatchObject({ isBlocked: false, totalHits: 2 });
  });

  it('blocks for as long as it is told, whatever comes back meanwhile', async () => {
    await storage.increment('a', 1_000, 1, 30_000);
    expect(await storage.increment('a', 1_000, 1, 30_000)).toMatchObject({ isBlocked: true, timeToBlockExpire: 30 });
    nowMs = 20_000;
    expect(await storage.increment('a', 1_000, 1, 30_000)).toMatchObject({ isBlocked: true, timeToBlockExpire: 10 });
    nowMs = 30_000;
    expect(await storage.increment('a', 1_000, 1, 30_000)).toMatchObject({ isBlocked: false, totalHits: 1 });
  });

  it('has no room at all under a limit of none', async () => {
    expect(await storage.increment('a', 1_000, 0, 1_000)).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
  });
});
