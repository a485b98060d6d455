/** What permits are for, most urgent first: somebody waits for a search; nobody in particular for the background. */
export const workClasses = ['search', 'chat', 'research', 'background'] as const;
export type WorkClass = (typeof workClasses)[number];

/** Permits while all of them wait: four of a class to one of the next. */
export const classWeights: Readonly<Record<WorkClass, number>> = { search: 64, chat: 16, research: 4, background: 1 };

/**
 * Whose turn it is among the classes that wait: start-time fair queueing over their weights (Goyal, Vin and Cheng,
 * 1996). A class that comes back after a pause has no credit from it, and one that waits is never passed for ever.
 */
export class ClassTurns {
  /** Virtual time of the last turn taken. */
  private now = 0;
  private readonly finish: Record<WorkClass, number> = { search: 0, chat: 0, research: 0, background: 0 };

  /** `workClass` begins to wait. */
  begin(workClass: WorkClass): void {
    this.finish[workClass] =
      Math.max(this.now, this.finish[workClass] - this.costOf(workClass)) + this.costOf(workClass);
  }

  /** The class whose turn it is; the more urgent one of equals. Undefined when none is eligible. */
  next(isEligible: (workClass: WorkClass) => boolean): WorkClass | undefined {
    let best: WorkClass | undefined;
    for (const workClass of workClasses)
      if (isEligible(workClass) && (best === undefined || this.finish[workClass] < this.finish[best])) best = workClass;
    return best;
  }

  take(workClass: WorkClass): void {
    this.now = Math.max(this.now, this.finish[workClass]);
    this.finish[workClass] += this.costOf(workClass);
  }

  /** Most turns that `other` has while `workClass` has `turns`, if both wait all the time. */
  turnsOf(other: WorkClass, workClass: WorkClass, turns: number): number {
    return Math.ceil((turns * classWeights[other]) / classWeights[workClass]);
  }

  private costOf(workClass: WorkClass): number {
    return 1 / classWeights[workClass];
  }
}
