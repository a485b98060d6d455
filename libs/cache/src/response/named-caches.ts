import type { CacheStats } from '../cache-stats';

export interface ClearableCache {
  stats(): Promise<CacheStats>;
  /** Rejects when a tier could not. */
  clear(): Promise<void>;
}

/** Caches of the process beside that of answers, such as `embeddings`. */
export type NamedCaches = Readonly<Record<string, ClearableCache>>;

/** Of one collection; undefined: of all. */
export type ClearElsewhere = (collection: string | undefined) => Promise<void>;

/** Injection token of `ClearElsewhere`. */
export const clearElsewhereToken = Symbol('ClearElsewhere');

/** Injection token of `EdgePurge | undefined`. */
export const edgePurgeToken = Symbol('EdgePurge');

/** Injection token of `NamedCaches`. */
export const namedCachesToken = Symbol('NamedCaches');
