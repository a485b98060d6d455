export { DocumentStore } from './document-store';
export type {
  CommitChanges,
  CommitResult,
  DocumentPage,
  Job,
  JobProgress,
  JobState,
  LexicalResult,
  NewJob,
} from './document-store';
export type * from './model';
export { VectorIndex } from './vector-index';
export type { VectorEntry, VectorQuery } from './vector-index';
