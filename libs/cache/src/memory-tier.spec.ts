import { memoryTierHits } from './bench/replay-traces';
import { lruHits } from './bench/replacement-policies';
import { ENTRY_OVERHEAD_BYTES, MemoryTier } from './memory-tier';

const unbounded = Number.MAX_SAFE_INTEGER;

describe('the memory tier', () => {
  it('gives back what was stored until it expires', () => {
    let now = 1_000;
    const tier = new MemoryTier<string>({ maxEntries: 10, maxBytes: unbounded, now: () => now });
    tier.set('k', 'value', 5, 2_000);
    expect(tier.get('k')).toBe('value');
    now = 2_000;
    expect(tier.get('k')).toBeUndefined();
    expect(tier.stats()).toEqual({ entries: 0, bytes: 0, hits: 1, misses: 1, evictions: 0, expired: 1 });
  });

  it('removes expired entries that nobody asks for, a few with each new one', () => {
    let now = 0;
    const tier = new MemoryTier<number>({ maxEntries: 1_000, maxBytes: unbounded, now: () => now });
    for (let nth = 0; nth < 100; nth++) tier.set(`old${nth}`, nth, 8, 10);
    now = 20;
    for (let nth = 0; nth < 110; nth++) tier.set(`new${nth}`, nth, 8, 1e9);
    expect(tier.stats()).toMatchObject({ entries: 110, expired: 100 });
  });

  it('refuses what is larger than its window, and forgets the older value of that key', () => {
    const tier = new MemoryTier<string>({ maxEntries: 10, maxBytes: 10_000 });
    expect(tier.set('k', 'small', 5, Infinity)).toBe(true);
    expect(tier.set('k', 'large', 9_000, Infinity)).toBe(false);
    expect(tier.get('k')).toBeUndefined();
  });

  it('makes room when a value grows', () => {
    const tier = new MemoryTier<number>({ maxEntries: 100, maxBytes: 20_000 });
    for (let nth = 0; nth < 20; nth++) tier.set(`k${nth}`, nth, 500, Infinity);
    for (let nth = 0; nth < 20; nth++) tier.set(`k${nth}`, nth, 4_000, Infinity);
    expect(tier.stats().bytes).toBeLessThanOrEqual(20_000);
  });

  it('clears by prefix and altogether', () => {
    const tier = new MemoryTier<number>({ maxEntries: 10, maxBytes: unbounded });
    tier.set('a:1', 1, 1, Infinity);
    tier.set('a:2', 2, 1, Infinity);
    tier.set('b:1', 3, 1, Infinity);
    expect(tier.clear('a:')).toBe(2);
    expect([tier.get('a:1'), tier.get('b:1')]).toEqual([undefined, 3]);
    expect(tier.clear()).toBe(1);
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('holds at least one entry, and counts what an entry costs', () => {
    const tier = new MemoryTier<number>({ maxEntries: 1, maxBytes: unbounded });
    tier.set('a', 1, 8, Infinity);
    expect(tier.stats().bytes).toBe(8 + 1 + ENTRY_OVERHEAD_BYTES);
    expect(() => new MemoryTier({ maxEntries: 0, maxBytes: 1 })).toThrow(RangeError);
  });

  it('keeps part of a loop that is larger than itself, where LRU keeps nothing', () => {
    const loop = Int32Array.from({ length: 100_000 }, (_, nth) => nth % 1_011);
    expect(lruHits(loop, 10)).toBe(0);
    expect(memoryTierHits(loop, 10)).toBeGreaterThan(300);
    expect(memoryTierHits(loop, 101)).toBeGreaterThan(5_000);
  });

  it('keeps what is asked for often through a scan of keys that come once', () => {
    const tier = new MemoryTier<number>({ maxEntries: 100, maxBytes: unbounded });
    const popular = Array.from({ length: 50 }, (_, nth) => `popular${nth}`);
    for (let round = 0; round < 5; round++) {
      for (const key of popular) if (tier.get(key) === undefined) tier.set(key, 1, 8, Infinity);
    }
    for (let nth = 0; nth < 1_000; nth++) tier.set(`scan${nth}`, nth, 8, Infinity);
    expect(popular.filter((key) => tier.get(key) !== undefined).length).toBeGreaterThan(45);
  });
});
