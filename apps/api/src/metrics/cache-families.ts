import type { CacheStats, ClearableCache, EdgePurge } from '@acervo/cache';
import { counter, gauge, sharedTier, type Family, type Labels } from '@acervo/metrics';

interface TierCounts {
  readonly hits: number;
  readonly misses: number;
  readonly entries?: number;
  readonly bytes?: number;
  readonly evictions?: number;
}

type Place = readonly [labels: Labels, counts: TierCounts];

/** What the caches hold and how they do. @param caches by kind of value; those that are switched off are not there */
export async function cacheFamilies(
  caches: Readonly<Record<string, Pick<ClearableCache, 'stats'> | undefined>>,
  edgePurge: EdgePurge | undefined,
): Promise<Family[]> {
  const found = await Promise.all(
    Object.entries(caches).flatMap(([name, cache]) =>
      cache === undefined ? [] : [cache.stats().then((stats) => [name, stats] as const)],
    ),
  );
  return [
    ...ofCaches(found),
    ...ofMemory(found),
    ...ofLowerTiers(found.flatMap(([, stats]) => stats)),
    ...ofEdge(edgePurge),
  ];
}

function ofCaches(found: readonly (readonly [string, CacheStats])[]): Family[] {
  return [
    counter(
      'acervo_cache_requests_total',
      'Look-ups of values, by kind, in all tiers together.',
      found.flatMap(([cache, { hits, misses }]) => [
        [{ cache, outcome: 'hit' }, hits] as const,
        [{ cache, outcome: 'miss' }, misses] as const,
      ]),
    ),
    counter(
      'acervo_cache_coalesced_total',
      'Look-ups that waited for the computation of another request.',
      found.map(([cache, { coalesced }]) => [{ cache }, coalesced] as const),
    ),
    counter(
      'acervo_cache_stale_served_total',
      'Values handed out after their time, while a new one was made.',
      found.map(([cache, { staleServed }]) => [{ cache }, staleServed] as const),
    ),
    counter(
      'acervo_cache_unreadable_total',
      'Entries of lower tiers that were dropped: damaged, foreign or newer.',
      found.map(
        ([cache, { unreadable }]) => [{ cache }, unreadable.damaged + unreadable.foreign + unreadable.newer] as const,
      ),
    ),
  ];
}

/** Each cache and each process has its own. */
function ofMemory(found: readonly (readonly [string, CacheStats])[]): Family[] {
  const places = found.flatMap(([cache, { memory }]): Place[] =>
    memory === undefined ? [] : [[{ cache, tier: 'memory' }, memory]],
  );
  return [...ofTiers(places), ...sizes(places, 'sum')];
}

/** All caches use them, and all processes see the same entries. */
function ofLowerTiers(stats: readonly CacheStats[]): Family[] {
  const tiers = stats.find(({ tiers: lower }) => lower.length > 0)?.tiers ?? [];
  const places = tiers.map((tier): Place => [{ cache: sharedTier, tier: tier.name }, tier]);
  return [
    ...ofTiers(places),
    ...sizes(places, 'max'),
    gauge(
      'acervo_cache_tier_down',
      '1 while a process leaves the tier alone because it failed.',
      tiers.map((tier) => [{ cache: sharedTier, tier: tier.name }, tier.isAvailable ? 0 : 1] as const),
      'max',
    ),
    counter(
      'acervo_cache_tier_failures_total',
      'Calls of a tier that failed or took too long.',
      tiers.map((tier) => [{ cache: sharedTier, tier: tier.name }, tier.failures] as const),
    ),
  ];
}

function ofTiers(places: readonly Place[]): Family[] {
  return [
    counter(
      'acervo_cache_tier_requests_total',
      'Look-ups in one tier.',
      places.flatMap(([labels, { hits, misses }]) => [
        [{ ...labels, outcome: 'hit' }, hits] as const,
        [{ ...labels, outcome: 'miss' }, misses] as const,
      ]),
    ),
    counter(
      'acervo_cache_evictions_total',
      'Entries that made room for others.',
      places.map(([labels, { evictions }]) => [labels, evictions] as const),
    ),
  ];
}

function sizes(places: readonly Place[], aggregation: 'sum' | 'max'): Family[] {
  return [
    gauge(
      'acervo_cache_entries',
      'Entries in a tier.',
      places.map(([labels, { entries }]) => [labels, entries] as const),
      aggregation,
    ),
    gauge(
      'acervo_cache_bytes',
      'Bytes in a tier.',
      places.map(([labels, { bytes }]) => [labels, bytes] as const),
      aggregation,
    ),
  ];
}

function ofEdge(edgePurge: EdgePurge | undefined): Family[] {
  if (edgePurge === undefined) return [];
  const { sent, failed, waiting } = edgePurge.stats();
  return [
    counter('acervo_edge_purges_total', 'Calls of CACHE_PURGE_URL.', [
      [{ outcome: 'sent' }, sent],
      [{ outcome: 'failed' }, failed],
    ]),
    gauge('acervo_edge_purges_waiting', 'Calls of CACHE_PURGE_URL that wait.', waiting),
  ];
}
