/** What a server was asked for at one rate, and whether it kept up. */
export interface Step {
  readonly perSecond: number;
  readonly isKept: boolean;
}

export interface RampOptions {
  readonly fromPerSecond: number;
  /** Given up there: the server did not get to its knee. */
  readonly maxPerSecond: number;
  /** Rates are told apart to this share. */
  readonly precision: number;
}

/**
 * The highest rate that is kept, where every lower one is kept too: doubles until one is not, then halves the gap.
 * Cost: about log2(knee / from) + log2(1 / precision) runs of `probe`.
 *
 * @returns all steps in the order they were taken; `knee` is 0 when not even the first rate was kept
 */
export async function findKnee<T extends Step>(
  { fromPerSecond, maxPerSecond, precision }: RampOptions,
  probe: (perSecond: number) => Promise<T>,
): Promise<{ readonly knee: number; readonly steps: readonly T[] }> {
  const steps: T[] = [];
  let [kept, lost] = [0, Infinity];
  const take = async (perSecond: number): Promise<void> => {
    const step = await probe(perSecond);
    steps.push(step);
    if (step.isKept) kept = perSecond;
    else lost = perSecond;
  };
  for (let rate = fromPerSecond; lost === Infinity && kept < maxPerSecond; rate *= 2)
    await take(Math.min(rate, maxPerSecond));
  while (kept > 0 && lost < Infinity && lost - kept > kept * precision) await take(Math.round((kept + lost) / 2));
  return { knee: kept, steps };
}
