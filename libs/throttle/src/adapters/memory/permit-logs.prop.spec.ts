import fc from 'fast-check';

import { PermitLogs } from './permit-logs';

const keys = ['a', 'b', 'c', 'd'];
const step = fc.record({
  key: fc.constantFrom(...keys),
  permits: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 60 })),
  gapMs: fc.integer({ min: 0, max: 40 }),
  drops: fc.boolean(),
});
const windowMs = 100;

describe('the logs of permits', () => {
  it('hold what plain lists hold, whatever the turns of their rings', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const logs = new PermitLogs(keys.length);
        const lists = new Map<string, number[]>(keys.map((key) => [key, []]));
        let nowMs = 0;
        for (const { key, permits, gapMs, drops } of steps) {
          nowMs += gapMs;
          const id = logs.find(key) ?? logs.add(key);
          let list = lists.get(key) ?? [];
          if (drops) {
            logs.dropUntil(id, nowMs - windowMs);
            list = list.filter((atMs) => atMs > nowMs - windowMs);
          }
          logs.spend(id, permits, nowMs);
          list.push(...new Array<number>(permits).fill(nowMs));
          lists.set(key, list);
          const held = Array.from({ length: logs.used(id) }, (_, nth) => logs.at(id, nth));
          expect(held).toEqual(list);
        }
        logs.sweep(nowMs - windowMs);
        const alive = keys.filter((key) => (lists.get(key)?.at(-1) ?? -Infinity) > nowMs - windowMs);
        expect(keys.filter((key) => logs.find(key) !== undefined)).toEqual(alive);
      }),
      { numRuns: 2_000 },
    );
  });

  it('let go of none that was used among the last half, at the bound', () => {
    const logs = new PermitLogs(1_000);
    const half = Array.from({ length: 500 }, (_, nth) => `steady ${nth}`);
    for (let round = 0; round < 20; round += 1) {
      for (const key of half) logs.spend(logs.find(key) ?? logs.add(key), round === 0 ? 1 : 0, round);
      for (let nth = 0; nth < 100; nth += 1) logs.add(`flood ${round} ${nth}`);
    }
    expect(logs.size).toBe(1_000);
    const lost = half.filter((key) => {
      const id = logs.find(key);
      return id === undefined || logs.used(id) === 0;
    });
    expect(lost).toEqual([]);
  });
});
