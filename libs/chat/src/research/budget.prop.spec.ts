import fc from 'fast-check';

import { Budget, type TokenReserve } from './budget';

const stage = fc.constantFrom('planning' as const, 'gathering' as const, 'writing' as const);
const step = fc.oneof(
  fc.record({ type: fc.constant('searches' as const), wanted: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ type: fc.constant('reserve' as const), stage, least: fc.nat(400), more: fc.nat(2_000) }),
  fc.record({ type: fc.constant('settle' as const), share: fc.double({ min: 0, max: 2, noNaN: true }) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.nat(3_000) }),
);
const limits = fc.record({
  maxSeconds: fc.integer({ min: 1, max: 20 }),
  maxSearches: fc.integer({ min: 1, max: 30 }),
  maxTokens: fc.integer({ min: 1, max: 5_000 }),
});

describe('a budget', () => {
  it('never grants more than there is, whatever is asked, and says when something was left out', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (granted, steps) => {
        let nowMs = 1_000;
        const budget = new Budget(granted, () => nowMs);
        const open: TokenReserve[] = [];
        let searches = 0;
        let wasShort = false;
        for (const one of steps) {
          const lateMs = nowMs - 1_000;
          switch (one.type) {
            case 'searches': {
              const given = budget.takeSearches(one.wanted);
              searches += given;
              if (given < one.wanted) wasShort = true;
              if (lateMs >= granted.maxSeconds * 700) expect(given).toBe(0);
              break;
            }
            case 'reserve': {
              const reserve = budget.reserveTokens(one.stage, one.least, one.least + one.more);
              if (reserve === undefined) wasShort = true;
              else {
                expect(reserve.tokens).toBeGreaterThanOrEqual(one.least);
                open.push(reserve);
              }
              break;
            }
            case 'settle': {
              const reserve = open.pop();
              reserve?.settle(Math.round(reserve.tokens * one.share));
              break;
            }
            case 'wait':
              nowMs += one.ms;
          }
          const held = open.reduce((sum, { tokens }) => sum + tokens, 0);
          expect(budget.used.searches).toBe(searches);
          expect(searches).toBeLessThanOrEqual(granted.maxSearches);
          expect(budget.used.tokens + held).toBeLessThanOrEqual(granted.maxTokens);
        }
        expect(budget.stoppedBy).toBe(wasShort ? 'budget' : 'done');
      }),
      { numRuns: 500 },
    );
  });

  it('keeps time and tokens for what comes later', () => {
    let nowMs = 0;
    const budget = new Budget({ maxSeconds: 10, maxSearches: 5, maxTokens: 1_000 }, () => nowMs);
    expect(['planning', 'gathering', 'writing'].map((one) => budget.leftMs(one as 'writing'))).toEqual([
      2_000, 7_000, 10_000,
    ]);
    expect(budget.reserveTokens('gathering', 1, 5_000)?.tokens).toBe(700);
    expect(budget.reserveTokens('writing', 1, 5_000)?.tokens).toBe(300);
    nowMs = 7_000;
    expect([budget.takeSearches(1), budget.isCutByTime, budget.leftMs('writing')]).toEqual([0, true, 3_000]);
  });
});
