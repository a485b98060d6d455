import { MemoryRateLimitStorage } from './memory-rate-limit-storage';

const limitOf = (key: string, limit = 1, windowMs = 60_000) => ({ key, limit, windowMs, weight: 1 });

describe('the limits in memory', () => {
  let nowMs = 0;
  const open: MemoryRateLimitStorage[] = [];
  const make = (maxKeys?: number): MemoryRateLimitStorage => {
    const storage = new MemoryRateLimitStorage({ now: () => nowMs, ...(maxKeys !== undefined && { maxKeys }) });
    open.push(storage);
    return storage;
  };

  afterEach(async () => {
    for (const storage of open.splice(0)) await storage.close();
  });

  it('keep at most the configured number of keys under a million clients', () => {
    const storage = make(1_000);
    for (let client = 0; client < 1_000_000; client += 1) storage.take([limitOf(`client ${client}`)]);
    expect(storage.keyCount).toBe(1_000);
  });

  it('forget the client that came least recently, refused or not', () => {
    const storage = make(2);
    storage.take([limitOf('greedy')]);
    storage.take([limitOf('quiet')]);
    expect(storage.take([limitOf('greedy')]).isAllowed).toBe(false);
    storage.take([limitOf('third')]);
    expect(storage.take([limitOf('greedy')]).isAllowed).toBe(false);
    expect(storage.take([limitOf('quiet')]).isAllowed).toBe(true);
  });

  it('keep no log of clients that were only refused', () => {
    const storage = make();
    expect(storage.take([{ ...limitOf('a'), weight: 2 }]).isAllowed).toBe(false);
    expect(storage.keyCount).toBe(0);
  });

  it('sweep keys that hold nothing any more, and none that does', () => {
    nowMs = 0;
    const storage = make();
    storage.take([limitOf('short', 1, 1_000)]);
    storage.take([limitOf('long', 1, 60_000)]);
    nowMs = 59_999;
    storage.sweep();
    expect(storage.take([limitOf('long', 1, 60_000)]).isAllowed).toBe(false);
    nowMs = 119_999;
    storage.sweep();
    expect(storage.keyCount).toBe(0);
  });
});
