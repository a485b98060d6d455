import type { CallContext } from '@acervo/kernel';
import type { QueryTerm } from '@acervo/language';

import type { KeyScores } from './key-scores';
import type {
  ChunkFilter,
  ChunkKey,
  ChunkRecord,
  Collection,
  CollectionSpec,
  DocumentRecord,
  NewDocument,
  ScoredKey,
} from './model';

export interface LexicalResult {
  /** Best first. Score: BM25 (k1 1.2, b 0.75) without the constant factor k1 + 1. */
  readonly hits: readonly ScoredKey[];
  /** Σ idf over the query terms, unseen terms included: the bound of `score`. 0 when the query has no terms. */
  readonly idfSum: number;
  /** Every passage with one of the words, also those beyond `hits`, when they are few; others then score 0. */
  readonly all?: KeyScores | undefined;
}

export interface CommitChanges {
  readonly put: readonly NewDocument[];
  /** Keys for the chunks of `put`, document after document, chunk after chunk. */
  readonly keys: readonly ChunkKey[];
  /** Document ids; unknown ones are ignored. */
  readonly remove: readonly string[];
  /** Id of the job that asks for it: refused with JOB_CANCELLED unless the job is running. */
  readonly job?: string | undefined;
}

export interface CommitResult {
  readonly generation: number;
  /** Keys of chunks that the commit made invisible. */
  readonly removedKeys: readonly ChunkKey[];
  /** Ids that existed and were removed by `remove`. */
  readonly removedDocuments: readonly string[];
}

export interface DocumentPage {
  readonly documents: readonly DocumentRecord[];
  /** Pass it back for the next page; absent on the last one. */
  readonly cursor: string | undefined;
}

export interface DocumentPageRequest {
  readonly cursor?: string | undefined;
  /** 1..1000. */
  readonly limit: number;
  readonly sourcePrefix?: string | undefined;
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly progress: JobProgress;
  readonly input: unknown;
  readonly result: unknown;
  readonly problem: unknown;
  readonly attempts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}
export interface NewJob {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  /** A second job with the same key within its time answers with the first. */
  readonly idempotencyKey?: string | undefined;
  /** The document that the job is going to write. */
  readonly target?: { readonly collection: string; readonly document: string } | undefined;
}
export interface JobTarget {
  readonly collection: string;
  /** Absent: any document of the collection. */
  readonly document?: string | undefined;
}

/** How many jobs of a kind are in a state, as far as ended ones are remembered. */
export interface JobCount {
  readonly kind: string;
  readonly state: JobState;
  readonly count: number;
}

/** Must return at once and not throw. */
export type ChangeListener = (collection: string) => void;

/**
 * Port: the truth. Documents, chunks with their embeddings, the lexical index, generations and jobs.
 * A commit is atomic and durable when its promise resolves: its documents are visible whole, or not at all.
 * All calls reject with STORE_UNAVAILABLE when the engine cannot answer and COLLECTION_NOT_FOUND for an unknown name,
 * except where a miss is a value.
 */
export abstract class DocumentStore {
  private readonly changeListeners = new Set<ChangeListener>();

  abstract createCollection(spec: CollectionSpec, context: CallContext): Promise<Collection>;
  /**
   * Counts and generation may be half a second old where another process writes; `now` asks the engine itself, which
   * also sees a commit of this process whose acknowledgement is still on its way.
   */
  abstract findCollection(name: string, context: CallContext, asOf?: 'now'): Promise<Collection | undefined>;
  /** What is known of a collection and at most a second old, without waiting. Undefined: ask `findCollection`. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- an adapter without such knowledge need not override
  peekCollection(_name: string): Collection | undefined {
    return undefined;
  }
  /**
   * Told after each change that this process asked for (commit, creation, deletion, replacement), whether it succeeded
   * or not, before the change's own promise settles. Changes of other processes are told in followers alone, a moment
   * after they were made.
   *
   * @returns ends it
   */
  onChange(listener: ChangeListener): () => void {
    this.changeListeners.add(listener);
    return () => {
      this.changeListeners.delete(listener);
    };
  }
  /** Another process changed this collection: what is known of it is read again, and the listeners are told. */
  noticeChange(collection: string): void {
    this.announce(collection);
  }
  protected announce(collection: string): void {
    for (const listener of this.changeListeners) listener(collection);
  }
  abstract listCollections(context: CallContext): Promise<readonly Collection[]>;
  /** True when it existed. Removes its documents and keys with it. */
  abstract deleteCollection(name: string, context: CallContext): Promise<boolean>;
  /**
   * Puts `replacement` in the place of `name` (which need not exist) in one step and under its name: the end of a
   * rebuild. The generation goes on from the higher of both.
   */
  abstract replaceCollection(name: string, replacement: string, context: CallContext): Promise<Collection>;

  /** Reserves `count` chunk keys that no other commit gets. */
  abstract reserveKeys(count: number, context: CallContext): Promise<ChunkKey>;
  /** A `put` replaces the document with the same id. Generation + 1, even for an empty change. */
  abstract commit(collection: string, changes: CommitChanges, context: CallContext): Promise<CommitResult>;

  abstract findDocument(collection: string, id: string, context: CallContext): Promise<DocumentRecord | undefined>;
  /** The extracted text of a document. */
  abstract findText(collection: string, id: string, context: CallContext): Promise<string | undefined>;
  abstract findByContentHash(
    collection: string,
    hash: string,
    context: CallContext,
  ): Promise<DocumentRecord | undefined>;
  /** In order of id. */
  abstract listDocuments(collection: string, page: DocumentPageRequest, context: CallContext): Promise<DocumentPage>;

  /** Embeddings that the collection already holds, by passage hash. */
  abstract findEmbeddings(
    collection: string,
    passageHashes: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Float32Array>>;

  /**
   * Of this store alone, the same for ever and for all its processes: what it keeps in an engine that other stores use as
   * well is kept under it, for keys mean nothing to another store. Up to ten characters of `a-z`, `0-9`.
   */
  abstract storeId(context: CallContext): Promise<string>;
  /** Ascending keys of all visible chunks. */
  abstract listKeys(collection: string, context: CallContext): Promise<Uint32Array>;
  /**
   * [keys.length × dimensions] float32, row-major, in the order of `keys`; rows of NaN for keys that are not visible.
   * Callers page: at most 10,000 keys a call.
   */
  abstract fetchEmbeddings(collection: string, keys: ArrayLike<ChunkKey>, context: CallContext): Promise<Float32Array>;

  /** Ascending keys of the chunks that match. */
  abstract resolveFilter(collection: string, filter: ChunkFilter, context: CallContext): Promise<Uint32Array>;
  /** The `limit` best chunks that hold at least one term; `allowed` (ascending) narrows. */
  abstract searchLexical(
    collection: string,
    terms: readonly QueryTerm[],
    limit: number,
    allowed: Uint32Array | undefined,
    context: CallContext,
  ): Promise<LexicalResult>;
  /** Scores of given chunks in the order of `keys`; 0 where no term occurs. */
  abstract scoreLexical(
    collection: string,
    terms: readonly QueryTerm[],
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly number[]>;
  /** Chunks in the order of `keys`; keys that are not visible any more are left out. */
  abstract fetchChunks(
    collection: string,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly ChunkRecord[]>;

  abstract createJob(job: NewJob, context: CallContext): Promise<{ readonly job: Job; readonly isNew: boolean }>;
  abstract findJob(id: string, context: CallContext): Promise<Job | undefined>;
  /** Takes the oldest queued job of these kinds, marks it running and counts the attempt: each runner has its kinds. */
  abstract claimJob(kinds: readonly string[], context: CallContext): Promise<Job | undefined>;
  abstract updateJob(
    id: string,
    change: Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>,
    context: CallContext,
  ): Promise<void>;
  /**
   * Cancels every job of this target that waits or runs: their ids. None of them commits any more; what one committed
   * before is visible when this resolves.
   */
  abstract cancelJobs(target: JobTarget, problem: unknown, context: CallContext): Promise<readonly string[]>;
  /** Running jobs of a process that died go back to the queue: how many. Called once at start, by the one writer. */
  abstract requeueInterruptedJobs(context: CallContext): Promise<number>;
  /** In order of kind and state; none that are 0. Cost: one pass over the remembered jobs, for metrics. */
  abstract countJobs(context: CallContext): Promise<readonly JobCount[]>;

  abstract checkHealth(context: CallContext): Promise<void>;
  abstract close(): Promise<void>;
}
