import fc from 'fast-check';

import { ClassTurns, classWeights, workClasses, type WorkClass } from './class-turns';

const totalWeight = workClasses.reduce((sum, workClass) => sum + classWeights[workClass], 0);

describe('ClassTurns', () => {
  it('passes no waiting class for longer than its weight allows, whatever came before', () => {
    const history = fc.array(fc.subarray([...workClasses], { minLength: 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(history, fc.constantFrom(...workClasses), (rounds, patient) => {
        const turns = new ClassTurns();
        let waiting = new Set<WorkClass>();
        const waitFor = (classes: readonly WorkClass[]): void => {
          for (const workClass of classes) if (!waiting.has(workClass)) turns.begin(workClass);
          waiting = new Set(classes);
        };
        const takeOne = (): WorkClass | undefined => {
          const next = turns.next((one) => waiting.has(one));
          if (next !== undefined) turns.take(next);
          return next;
        };
        for (const classes of rounds) {
          waitFor(classes);
          takeOne();
        }
        waitFor(workClasses);
        let passed = 0;
        while (takeOne() !== patient) passed += 1;
        expect(passed).toBeLessThanOrEqual(Math.ceil(totalWeight / classWeights[patient]) + workClasses.length);
      }),
    );
  });

  it('shares by weight among those that wait all the time', () => {
    const turns = new ClassTurns();
    const taken: Record<WorkClass, number> = { search: 0, chat: 0, research: 0, background: 0 };
    for (const workClass of workClasses) turns.begin(workClass);
    for (let nth = 0; nth < totalWeight * 10; nth += 1) {
      const next = turns.next(() => true);
      if (next === undefined) break;
      turns.take(next);
      taken[next] += 1;
    }
    for (const workClass of workClasses) expect(taken[workClass]).toBe(classWeights[workClass] * 10);
  });
});
