/** A request whose permits were taken in front of the router: the guard then does not take again. */
import type { LimitOutcome } from './limit-outcome';

const takenKey = Symbol('taken limits');

interface Taken {
  [takenKey]?: LimitOutcome;
}

export function rememberTaken(request: object, outcome: LimitOutcome): void {
  (request as Taken)[takenKey] = outcome;
}

export function takenFor(request: object): LimitOutcome | undefined {
  return (request as Taken)[takenKey];
}
