/** What the host and the thread of the embedded index say to each other. Vectors are transferred, not copied. */
import type { WireError } from '@acervo/kernel';

import type { HitColumns } from '../../hit-columns';
import type { ChunkKey } from '../../model';

import type { CollectionIndexOptions } from './collection-index-options';

export interface VectorThreadOptions extends CollectionIndexOptions {
  /** Folder with one folder per collection. */
  readonly directory: string;
  /** False: snapshots are read, never written. For processes that follow the one writer of a machine. */
  readonly isWriter: boolean;
  /** A snapshot is written when nothing changed for so long… */
  readonly saveAfterIdleMs: number;
  /** …or at last so long after the first unsaved change. */
  readonly saveAtLatestMs: number;
}

export interface CollectionStatus {
  readonly rows: number;
  /** Rows that the graph knows; the rest is scanned. */
  readonly rowsInGraph: number;
  readonly hasGraph: boolean;
  readonly isSaved: boolean;
  /** Bytes of all collections' rows in this thread. */
  readonly arenaBytes: number;
}

export interface VectorCalls {
  load: {
    readonly ask: { readonly collection: string; readonly model: string; readonly dimensions: number };
    readonly answer: { readonly keys: Uint32Array; readonly note: string | undefined };
  };
  upsert: {
    readonly ask: { readonly collection: string; readonly keys: Uint32Array; readonly vectors: Float32Array };
    readonly answer: undefined;
  };
  remove: { readonly ask: { readonly collection: string; readonly keys: Uint32Array }; readonly answer: undefined };
  search: {
    readonly ask: {
      readonly collection: string;
      readonly queries: readonly {
        readonly vector: Float32Array;
        readonly limit: number;
        readonly keys: Uint32Array | undefined;
      }[];
    };
    readonly answer: readonly HitColumns[];
  };
  cosines: {
    readonly ask: { readonly collection: string; readonly vector: Float32Array; readonly keys: ArrayLike<ChunkKey> };
    readonly answer: Float32Array;
  };
  status: { readonly ask: { readonly collection: string }; readonly answer: CollectionStatus };
  save: { readonly ask: { readonly collection: string }; readonly answer: undefined };
  drop: { readonly ask: { readonly collection: string }; readonly answer: undefined };
  ping: { readonly ask: Record<string, never>; readonly answer: undefined };
  close: { readonly ask: Record<string, never>; readonly answer: undefined };
}

export type VectorCallName = keyof VectorCalls;
export type VectorRequest = {
  [Name in VectorCallName]: { readonly id: number; readonly name: Name; readonly ask: VectorCalls[Name]['ask'] };
}[VectorCallName];

export type VectorReply =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: VectorCalls[VectorCallName]['answer'] }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'save-failed'; readonly collection: string; readonly error: WireError };
