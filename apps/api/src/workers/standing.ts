import type { Group } from './group';
import type { Place } from './place';

/** What the application of a serving process knows of the processes around it. */
export interface Standing {
  readonly place: Place;
  /** Undefined in a process that is alone. */
  readonly group: Group | undefined;
  /** Aborted, with the error to tell, when what still runs has to end. */
  readonly leaving: AbortSignal;
}
