import type { Position } from '../api/wire';
import { createStore } from '../store';

/** A document to be read, at a place in its text. */
export interface Passage {
  readonly documentId: string;
  readonly collection: string | undefined;
  readonly title: string;
  readonly position?: Position | undefined;
}

export const openPassage = createStore<Passage | undefined>(undefined);
