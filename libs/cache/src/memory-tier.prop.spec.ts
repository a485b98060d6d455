import fc from 'fast-check';

import { ENTRY_OVERHEAD_BYTES, MemoryTier } from './memory-tier';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('get' as const), key: fc.nat(30) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      key: fc.nat(30),
      bytes: fc.nat(3_000),
      ttlMs: fc.nat(50),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), key: fc.nat(30) }) },
);

describe('the memory tier beside a plain map', () => {
  it('never gives a wrong or expired value, keeps both bounds and its own count of bytes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (steps, maxEntries) => {
        let now = 0;
        const maxBytes = 10_000;
        const tier = new MemoryTier<number>({ maxEntries, maxBytes, now: () => now });
        const model = new Map<string, { value: number; bytes: number; expiresAtMs: number }>();
        steps.forEach((action, nth) => {
          const key = 'key' in action ? `k${action.key}` : '';
          if (action.kind === 'wait') now += action.ms;
          if (action.kind === 'delete') {
            tier.delete(key);
            model.delete(key);
          }
          if (action.kind === 'clear') {
            tier.clear(key);
            for (const known of model.keys()) if (known.startsWith(key)) model.delete(known);
          }
          if (action.kind === 'set') {
            const expiresAtMs = now + action.ttlMs;
            tier.set(key, nth, action.bytes, expiresAtMs);
            model.set(key, { value: nth, bytes: action.bytes, expiresAtMs });
          }
          if (action.kind === 'get') {
            const value = tier.get(key);
            const expected = model.get(key);
            if (value !== undefined)
              expect([value, (expected?.expiresAtMs ?? 0) > now]).toEqual([expected?.value, true]);
          }
          const { entries, bytes } = tier.stats();
          expect(entries).toBeLessThanOrEqual(maxEntries);
          expect(bytes).toBeLessThanOrEqual(maxBytes);
          expect(bytes).toBeGreaterThanOrEqual(entries * ENTRY_OVERHEAD_BYTES);
        });
        // Clearing by a prefix of every key takes the counts down piece by piece.
        tier.clear('k');
        expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
