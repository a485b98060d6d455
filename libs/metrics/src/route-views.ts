import type { HistogramSample } from './family';
import type { FamilyReader } from './family-reader';
import { latencyBounds, latencyOf, latencyOfBuckets, totalOf } from './latency-buckets';
import type { MetricsView } from './metrics.schema';
import type { RecentRequests } from './recent-requests';
import { isError, isRefusal } from './request-metrics';

type RouteView = MetricsView['routes'][number];

/** The most used first. */
export function routeViews(reader: FamilyReader, recent: RecentRequests): RouteView[] {
  const recently = recentByRoute(recent);
  return reader
    .histograms('acervo_http_request_duration_seconds')
    .map((sample) => viewOf(sample, reader, recently))
    .sort((one, other) => other.requests - one.requests);
}

/** Durations of all requests. */
export function sumOfRoutes(reader: FamilyReader): { readonly counts: Float64Array; readonly sum: number } {
  const counts = new Float64Array(latencyBounds.length + 1);
  let total = 0;
  for (const { counts: own, sum } of reader.histograms('acervo_http_request_duration_seconds')) {
    for (let at = 0; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) + (own[at] ?? 0);
    total += sum;
  }
  return { counts, sum: total };
}

function viewOf(
  { labels, counts, sum }: HistogramSample,
  reader: FamilyReader,
  recently: ReadonlyMap<string, RouteView['recent']>,
): RouteView {
  const { route = 'other', method = 'other' } = labels;
  const byStatus = reader.samples('acervo_http_requests_total', labels);
  const total = (wanted: (status: string | undefined) => boolean): number =>
    byStatus.reduce((count, sample) => count + (wanted(sample.labels['status']) ? sample.value : 0), 0);
  return {
    route,
    method,
    requests: totalOf(counts),
    errors: total(isError),
    refused: total(isRefusal),
    rate_per_second: Math.max(0, reader.sum('acervo_http_requests_per_second', labels)),
    latency: latencyOfBuckets(counts, sum),
    recent: recently.get(`${method} ${route}`) ?? {
      requests: 0,
      errors: 0,
      latency: { avg: 0, p50: 0, p95: 0, p99: 0 },
    },
  };
}

function recentByRoute({ seriesOf, seconds, statuses, series }: RecentRequests): Map<string, RouteView['recent']> {
  const places = series.map((): number[] => []);
  for (const [at, number] of seriesOf.entries()) places[number]?.push(at);
  return new Map(
    series.map(({ route, method }, number) => {
      const own = places[number] ?? [];
      const latency = latencyOf(Float64Array.from(own, (at) => seconds[at] ?? 0));
      const errors = own.filter((at) => (statuses[at] ?? 0) >= 500).length;
      return [`${method} ${route}`, { requests: own.length, errors, latency }] as const;
    }),
  );
}
