import type { CacheStats } from '../cache-stats';

export interface ClearableCache {
  stats(): Promise<CacheStats>;
  /** Rejects when a tier could not. */
  clear(): Promise<void>;
}

/** Caches of the process beside that of answers, such as `embeddings`. */
export type NamedCaches = Readonly<Record<string, ClearableCache>>;

/** Injection token of `EdgePurge | undefined`. */
export const edgePurgeToken = Symbol('EdgePurge');

/** Injection token of `NamedCaches`. */
export const namedCachesToken = Symbol('NamedCaches');
