import type { EntryProblem } from './cache-entry';
import type { TierUsage } from './cache-tier';
import type { GuardedTierStats } from './guarded-tier';
import type { MemoryTierStats } from './memory-tier';

export type LowerTierStats = GuardedTierStats &
  Partial<TierUsage> & {
    /** Writes of this cache that were lost: queue full, tier away. */
    readonly droppedWrites: number;
  };

/** Counted since the start of the process. Tiers may be shared with other caches: their figures are then of all. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly hitRatio: number;
  /** Answers that waited for a computation of somebody else. */
  readonly coalesced: number;
  readonly staleServed: number;
  readonly refreshes: number;
  readonly failedRefreshes: number;
  /** Entries of lower tiers that could not be used. */
  readonly unreadable: Readonly<Record<EntryProblem, number>>;
  readonly memory: (MemoryTierStats & { readonly hitRatio: number }) | undefined;
  readonly tiers: readonly LowerTierStats[];
}

export class CacheCounters {
  hits = 0;
  misses = 0;
  coalesced = 0;
  staleServed = 0;
  refreshes = 0;
  failedRefreshes = 0;
  readonly unreadable: Record<EntryProblem, number> = { foreign: 0, newer: 0, damaged: 0 };

  count(status: 'hit' | 'stale' | 'miss' | 'coalesced'): void {
    if (status === 'miss') this.misses += 1;
    else this.hits += 1;
    if (status === 'coalesced') this.coalesced += 1;
    if (status === 'stale') this.staleServed += 1;
  }

  stats(memory: MemoryTierStats | undefined, tiers: readonly LowerTierStats[]): CacheStats {
    const { hits, misses, coalesced, staleServed, refreshes, failedRefreshes } = this;
    return {
      ...{ hits, misses, hitRatio: ratio(hits, misses), coalesced, staleServed, refreshes, failedRefreshes },
      unreadable: { ...this.unreadable },
      memory: memory && { ...memory, hitRatio: ratio(memory.hits, memory.misses) },
      tiers,
    };
  }
}

function ratio(hits: number, misses: number): number {
  return hits / Math.max(1, hits + misses);
}
