import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import type { Metrics } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { TimeChart, type Line } from './time-chart';

type Sample = Metrics['samples'][number];

/** The samples of the server, every ten seconds: there before the page was opened. */
export function Charts({ metrics: { samples } }: { readonly metrics: Metrics }): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const { series, charts } = m.dashboard;
  const newest = samples.at(-1)?.at;
  const data = useMemo(() => {
    const times = samples.map(({ at }) => Date.parse(at) / 1_000);
    const of = (name: string, color: Line['color'], read: (sample: Sample) => number | null): Line => ({
      name,
      color,
      values: samples.map(read),
    });
    return {
      times,
      traffic: [
        of(series.requests, 'first', (sample) => sample.requests_per_second),
        of(series.refused, 'second', (sample) => sample.refused_per_second),
        of(series.errors, 'third', (sample) => sample.errors_per_second),
      ],
      latency: [
        of(series.average, 'first', (sample) => sample.avg_response_time),
        of(series.p95, 'second', (sample) => sample.p95_response_time),
      ],
      hits: [of(series.hits, 'first', (sample) => sample.cache_hit_rate)],
      load: [
        of(series.cpu, 'first', (sample) => sample.cpu_percent / 100),
        of(series.memory, 'second', (sample) => sample.memory_percent / 100),
      ],
    };
    // Nothing changes between two samples.
  }, [newest, m]);
  if (samples.length === 0) return <p class="quiet">{m.dashboard.noSamples}</p>;
  const { times } = data;
  return (
    <div class="charts">
      <TimeChart title={charts.traffic} times={times} lines={data.traffic} format={(value) => f.number(value, 1)} />
      <TimeChart title={charts.latency} times={times} lines={data.latency} format={(value) => f.duration(value)} />
      <TimeChart title={charts.hits} times={times} lines={data.hits} format={(value) => f.percent(value)} isShare />
      <TimeChart title={charts.load} times={times} lines={data.load} format={(value) => f.percent(value)} isShare />
    </div>
  );
}
