import fc from 'fast-check';

import { DeadlineHeap } from './deadline-heap';

interface Item {
  readonly deadlineMs: number;
  readonly nth: number;
}

describe('DeadlineHeap', () => {
  it('gives and loses items as a sorted list does', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 8 }) }),
      fc.record({ remove: fc.nat(20) }),
      fc.constant({ take: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = new DeadlineHeap<Item>();
        let sorted: Item[] = [];
        for (const [nth, one] of steps.entries()) {
          if ('add' in one) {
            const item = { deadlineMs: one.add, nth };
            heap.add(item);
            // Stable: of equal deadlines the first that came stays first.
            sorted = [...sorted, item].sort((a, b) => a.deadlineMs - b.deadlineMs);
          } else if ('remove' in one) {
            const item = sorted[one.remove] ?? { deadlineMs: 0, nth: -1 };
            expect(heap.remove(item)).toBe(sorted.includes(item));
            sorted = sorted.filter((other) => other !== item);
          } else {
            expect(heap.takeFirst()).toBe(sorted.shift());
          }
          expect(heap.size).toBe(sorted.length);
        }
      }),
    );
  });
});
