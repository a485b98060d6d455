import type { JSX } from 'preact';

import type { Metrics } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { NumberTable } from './number-table';

/** What the picture does not show, part by part. */
export function MetricTables({ metrics }: { readonly metrics: Metrics }): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const d = m.dashboard;
  const stageWords: Readonly<Record<string, string>> = m.search.stages;
  const count = (value: number): string => f.number(value);
  return (
    <div class="tables">
      <NumberTable
        title={d.routes}
        head={[d.route, d.rate, d.count, 'p50', 'p95', 'p99', d.errors, d.refused]}
        rows={metrics.routes
          .slice(0, 12)
          .map(({ method, route, rate_per_second, requests, recent: { latency }, errors, refused }) => [
            `${method} ${route}`,
            f.number(rate_per_second, 1),
            count(requests),
            f.duration(latency.p50),
            f.duration(latency.p95),
            f.duration(latency.p99),
            count(errors),
            count(refused),
          ])}
      />
      <NumberTable
        title={d.caches}
        head={[d.cache, d.tier, d.ratio, d.entries, d.size]}
        rows={metrics.caches.flatMap((cache) => [
          [cache.cache, d.allTiers, f.percent(cache.hit_ratio, 1), '', ''],
          ...cache.tiers.map((tier) => [
            cache.cache,
            tier.available ? tier.tier : `${tier.tier} (${d.away})`,
            f.percent(tier.hit_ratio, 1),
            tier.entries === undefined ? '–' : count(tier.entries),
            tier.bytes === undefined ? '–' : f.bytes(tier.bytes),
          ]),
        ])}
      />
      <NumberTable
        title={d.stages}
        head={[d.stage, d.howMany, d.average, 'p95', 'p99']}
        rows={metrics.stages
          .filter((one) => one.count > 0)
          .map(({ stage, count: times, latency }) => [
            stageWords[stage] ?? stage,
            count(times),
            f.duration(latency.avg),
            f.duration(latency.p95),
            f.duration(latency.p99),
          ])}
      />
      <NumberTable
        title={d.limits}
        note={metrics.limiter.degraded ? d.limiterDegraded : undefined}
        head={[d.limit, d.perMinute, d.admitted, d.refused]}
        rows={metrics.limiter.limits.map(({ limit, per_minute, admitted, refused }) => [
          limit,
          per_minute === 0 ? d.unlimited : count(per_minute),
          count(admitted),
          count(refused),
        ])}
      />
      <NumberTable
        title={d.holdings}
        note={
          metrics.collections &&
          d.holdingsLine(
            count(metrics.collections.collections),
            count(metrics.collections.documents),
            count(metrics.collections.chunks),
          )
        }
        head={[d.jobs, d.state, d.howMany]}
        rows={metrics.jobs.map(({ kind, state, count: jobs }) => {
          const states: Readonly<Record<string, string>> = m.documents.states;
          return [kind, states[state] ?? state, count(jobs)];
        })}
      />
      <NumberTable
        title={d.eventLoop}
        head={['p50', 'p99', 'max']}
        rows={[
          [
            f.duration(metrics.event_loop_delay.p50),
            f.duration(metrics.event_loop_delay.p99),
            f.duration(metrics.event_loop_delay.max),
          ],
        ]}
      />
    </div>
  );
}
