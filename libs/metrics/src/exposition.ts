/**
 * Families as Prometheus reads them: text format 0.0.4, or OpenMetrics 1.0.
 * https://prometheus.io/docs/instrumenting/exposition_formats, https://github.com/prometheus/OpenMetrics
 */
import type { Family, HistogramSample, Labels } from './family';
import { latencyBounds } from './latency-buckets';

export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const expositionTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const bucketLabels = [...latencyBounds.map(String), '+Inf'];

/** One family of each name. */
export function exposition(families: readonly Family[], format: ExpositionFormat): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.samples.length === 0) continue;
    // OpenMetrics names a counter without the ending that its samples have.
    const name =
      format === 'openmetrics' && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    lines.push(`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.type}`);
    if (family.type === 'histogram') for (const sample of family.samples) addHistogram(lines, family.name, sample);
    else for (const { labels, value } of family.samples) lines.push(`${family.name}${braces(labels)} ${show(value)}`);
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function addHistogram(lines: string[], name: string, { labels, counts, sum }: HistogramSample): void {
  let count = 0;
  for (let bucket = 0; bucket < bucketLabels.length; bucket += 1) {
    count += counts[bucket] ?? 0;
    lines.push(`${name}_bucket${braces({ ...labels, le: bucketLabels[bucket] ?? '+Inf' })} ${count}`);
  }
  lines.push(`${name}_sum${braces(labels)} ${show(sum)}`, `${name}_count${braces(labels)} ${count}`);
}

function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function show(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
