import { z } from 'zod';

import type { CacheStats } from '../cache-stats';

const count = z.int().min(0);
const ratio = z.number().min(0).max(1);

const tierSchema = z.object({
  tier: z.enum(['memory', 'redis', 'disk']),
  available: z.boolean().meta({ description: 'False while it is left alone because it failed' }),
  entries: count.optional().meta({ description: 'Absent where counting would cost a scan' }),
  bytes: count.optional(),
  hits: count,
  misses: count,
  hit_ratio: ratio,
  evictions: count.optional().meta({ description: 'Entries that made room for others' }),
  failures: count.optional().meta({ description: 'Calls that failed or took too long' }),
  skipped: count.optional().meta({ description: 'Calls not made while it was left alone' }),
  dropped_writes: count.optional(),
  refused_writes: count.optional().meta({ description: 'By a Redis that is full or read-only' }),
});

const cacheSchema = z.object({
  hits: count,
  misses: count,
  hit_ratio: ratio,
  coalesced: count.meta({ description: 'Waited for the computation of another request' }),
  stale_served: count,
  refreshes: count,
  failed_refreshes: count,
  dropped: z.object({ foreign: count, newer: count, damaged: count }).meta({ description: 'Entries not used' }),
  tiers: z.array(tierSchema).meta({ description: 'From near to far; lower ones are shared by all caches' }),
});

const edgePurgeSchema = z
  .object({
    sent: count,
    retried: count.meta({ description: 'Calls that were made again' }),
    failed: count.meta({ description: 'Given up or refused' }),
    waiting: count,
  })
  .meta({ description: 'Calls of CACHE_PURGE_URL; absent without one' });

export const cacheOverviewSchema = z
  .object({
    caches: z
      .record(z.string(), cacheSchema)
      .meta({ description: 'By kind of value: `answers`, `embeddings`; none that is switched off' }),
    edge_purge: edgePurgeSchema.optional(),
  })
  .meta({ description: 'Counted since the start of the process' });

export const clearCacheQuerySchema = z.strictObject({
  collection: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,127}$/)
    .optional()
    .meta({ description: 'Only the answers of this collection' }),
});

export type CacheOverview = z.output<typeof cacheOverviewSchema>;
type CacheView = z.output<typeof cacheSchema>;

export function toCacheView(stats: CacheStats): CacheView {
  const { memory } = stats;
  const inMemory: CacheView['tiers'] =
    memory === undefined
      ? []
      : [
          {
            tier: 'memory',
            available: true,
            entries: memory.entries,
            bytes: memory.bytes,
            hits: memory.hits,
            misses: memory.misses,
            hit_ratio: memory.hitRatio,
            evictions: memory.evictions,
          },
        ];
  const lower = stats.tiers.map((tier) => ({
    tier: tier.name as 'redis' | 'disk',
    available: tier.isAvailable,
    entries: tier.entries,
    bytes: tier.bytes,
    hits: tier.hits,
    misses: tier.misses,
    hit_ratio: tier.hitRatio,
    evictions: tier.evictions,
    failures: tier.failures,
    skipped: tier.skipped,
    dropped_writes: tier.droppedWrites,
    refused_writes: tier.refusedWrites,
  }));
  return {
    hits: stats.hits,
    misses: stats.misses,
    hit_ratio: stats.hitRatio,
    coalesced: stats.coalesced,
    stale_served: stats.staleServed,
    refreshes: stats.refreshes,
    failed_refreshes: stats.failedRefreshes,
    dropped: stats.unreadable,
    tiers: [...inMemory, ...lower],
  };
}
