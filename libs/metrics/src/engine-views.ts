/** What caches, limits, admission and store count, for the JSON form. Whoever fills the families names them so. */
import type { FamilyReader } from './family-reader';
import { latencyOfBuckets, totalOf } from './latency-buckets';
import type { MetricsView } from './metrics.schema';

type CacheView = MetricsView['caches'][number];
type TierView = CacheView['tiers'][number];

/** Value of the label `cache` of tiers that all caches use. */
export const sharedTier = 'shared';
const tiers = ['memory', 'redis', 'disk'] as const;
/** Whose only tier is its memory. */
const ownMemoryOnly = 'fast_lane';

export function stageViews(reader: FamilyReader): MetricsView['stages'] {
  return reader.histograms('acervo_stage_duration_seconds').map(({ labels, counts, sum }) => ({
    stage: labels['stage'] ?? '',
    count: totalOf(counts),
    latency: latencyOfBuckets(counts, sum),
  }));
}

export function cacheViews(reader: FamilyReader): CacheView[] {
  return valuesOf(reader, 'acervo_cache_requests_total', 'cache').map((cache) => {
    const hits = reader.sum('acervo_cache_requests_total', { cache, outcome: 'hit' });
    const misses = reader.sum('acervo_cache_requests_total', { cache, outcome: 'miss' });
    return {
      cache,
      hits,
      misses,
      hit_ratio: ratio(hits, misses),
      coalesced: reader.sum('acervo_cache_coalesced_total', { cache }),
      stale_served: reader.sum('acervo_cache_stale_served_total', { cache }),
      tiers: tiers.flatMap((tier) => tierView(reader, tier === 'memory' ? cache : sharedTier, tier, cache)),
    };
  });
}

function tierView(reader: FamilyReader, place: string, tier: TierView['tier'], cache: string): TierView[] {
  const labels = { cache: place, tier };
  const isThere = reader.samples('acervo_cache_tier_requests_total', labels).length > 0;
  if (!isThere || (place === sharedTier && cache === ownMemoryOnly)) return [];
  const hits = reader.sum('acervo_cache_tier_requests_total', { ...labels, outcome: 'hit' });
  const misses = reader.sum('acervo_cache_tier_requests_total', { ...labels, outcome: 'miss' });
  const entries = reader.find('acervo_cache_entries', labels);
  const bytes = reader.find('acervo_cache_bytes', labels);
  return [
    {
      tier,
      available: reader.sum('acervo_cache_tier_down', labels) === 0,
      hits,
      misses,
      hit_ratio: ratio(hits, misses),
      ...(entries !== undefined && { entries }),
      ...(bytes !== undefined && { bytes }),
      evictions: reader.sum('acervo_cache_evictions_total', labels),
      failures: reader.sum('acervo_cache_tier_failures_total', labels),
    },
  ];
}

export function limiterView(reader: FamilyReader): MetricsView['limiter'] {
  return {
    degraded: reader.sum('acervo_limiter_degraded') > 0,
    limits: reader.samples('acervo_limiter_permits_per_minute').map(({ labels, value }) => {
      const { limit = '' } = labels;
      return {
        limit,
        per_minute: value,
        admitted: reader.sum('acervo_limiter_requests_total', { limit, outcome: 'admitted' }),
        refused: reader.sum('acervo_limiter_requests_total', { limit, outcome: 'refused' }),
      };
    }),
  };
}

export function admissionView(reader: FamilyReader): MetricsView['admission'] {
  const permits = reader.sum('acervo_admission_permits');
  const running = reader.sum('acervo_admission_running');
  const waiting = reader.sum('acervo_admission_waiting');
  const atDoor = reader.sum('acervo_admission_waiting_at_door');
  return {
    permits,
    running,
    load: permits === 0 ? 0 : (running + waiting + atDoor) / permits,
    waiting,
    waiting_by_class: reader
      .samples('acervo_admission_waiting')
      .map(({ labels, value }) => ({ work_class: labels['work_class'] ?? '', waiting: value })),
    waiting_at_door: atDoor,
    admitted: reader.sum('acervo_admission_admitted_total'),
    shed: reader.sum('acervo_admission_shed_total'),
    left: reader.sum('acervo_admission_left_total'),
  };
}

export function collectionsView(reader: FamilyReader): MetricsView['collections'] {
  if (!reader.has('acervo_collections')) return undefined;
  return {
    collections: reader.sum('acervo_collections'),
    documents: reader.sum('acervo_documents'),
    chunks: reader.sum('acervo_chunks'),
  };
}

export function jobViews(reader: FamilyReader): MetricsView['jobs'] {
  return reader.samples('acervo_jobs').map(({ labels, value }) => ({
    kind: labels['kind'] ?? '',
    state: labels['state'] ?? '',
    count: value,
  }));
}

function valuesOf(reader: FamilyReader, family: string, label: string): string[] {
  return [...new Set(reader.samples(family).map(({ labels }) => labels[label] ?? ''))];
}

function ratio(hits: number, misses: number): number {
  return hits / Math.max(1, hits + misses);
}
