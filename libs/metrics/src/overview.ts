/** The JSON form: the same numbers as in the text for Prometheus, put together for people and pages. */
import { cacheViews, limiterView, admissionView, jobViews, collectionsView, stageViews } from './engine-views';
import { FamilyReader } from './family-reader';
import type { Gathered } from './gathering';
import { latencyOf, latencyOfBuckets } from './latency-buckets';
import type { MetricsView } from './metrics.schema';
import { isError, isRefusal } from './request-metrics';
import { routeViews, sumOfRoutes } from './route-views';
import type { Sample } from './sample';
import { sampleViews, systemView } from './sample-views';
import type { MetricsSnapshot } from './snapshot';

export function overview(
  merged: MetricsSnapshot,
  { expected, answered, restarted }: Omit<Gathered, 'others'>,
  version: string,
): MetricsView {
  const reader = new FamilyReader([...merged.families, ...merged.rates]);
  const nowMs = Date.now();
  const last = merged.samples.at(-1);
  const recent = latencyOf(merged.recent.seconds);
  const system = systemView(last);
  const caches = cacheViews(reader);
  return {
    avg_response_time: recent.avg,
    p95_response_time: recent.p95,
    cache_hit_rate: caches.find(({ cache }) => cache === 'answers')?.hit_ratio ?? 0,
    total_requests: reader.sum('acervo_http_requests_total'),
    current_memory: system.memory_percent,
    current_cpu: system.cpu_percent,
    version,
    started_at: new Date(merged.startedAtMs).toISOString(),
    uptime_seconds: Math.max(0, (nowMs - merged.startedAtMs) / 1_000),
    processes: { expected, answered, restarted },
    unavailable: [...merged.unavailable],
    recent: { ...recentOf(merged, nowMs), latency: recent },
    since_start: sinceStart(reader),
    routes: routeViews(reader, merged.recent),
    stages: stageViews(reader),
    caches,
    limiter: limiterView(reader),
    admission: admissionView(reader),
    event_loop_delay: eventLoopOf(last),
    collections: collectionsView(reader),
    jobs: jobViews(reader),
    system,
    samples: sampleViews(merged.samples),
  };
}

function recentOf({ recent }: MetricsSnapshot, nowMs: number): Omit<MetricsView['recent'], 'latency'> {
  const statuses: Record<string, number> = {};
  for (const status of recent.statuses) {
    const name = `${Math.floor(status / 100)}xx`;
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
  const [firstMs] = recent.endedAtMs;
  return {
    requests: recent.statuses.length,
    errors: statuses['5xx'] ?? 0,
    window_seconds: firstMs === undefined ? 0 : Math.max(0, (nowMs - firstMs) / 1_000),
    statuses,
  };
}

function sinceStart(reader: FamilyReader): MetricsView['since_start'] {
  const { counts, sum } = sumOfRoutes(reader);
  const requests = reader.samples('acervo_http_requests_total');
  const total = (wanted: (status: string | undefined) => boolean): number =>
    requests.reduce((count, { labels, value }) => count + (wanted(labels['status']) ? value : 0), 0);
  return {
    requests: total(() => true),
    errors: total(isError),
    refused: total(isRefusal),
    rate_per_second: reader.sum('acervo_http_requests_per_second'),
    in_flight: reader.sum('acervo_http_requests_in_flight'),
    latency: latencyOfBuckets(counts, sum),
  };
}

function eventLoopOf(last: Sample | undefined): MetricsView['event_loop_delay'] {
  return last?.eventLoop ?? { p50: 0, p99: 0, max: 0 };
}
