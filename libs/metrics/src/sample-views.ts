import { latencyOfBuckets } from './latency-buckets';
import type { MetricsView, SampleView, SystemView } from './metrics.schema';
import type { Sample } from './sample';

export function systemView(last: Sample | undefined): SystemView {
  const { memoryUsedBytes = 0, memoryLimitBytes = 0 } = last ?? {};
  return {
    cpu_percent: last?.cpuPercent ?? 0,
    memory_percent: percentOf(memoryUsedBytes, memoryLimitBytes),
    memory_used_bytes: memoryUsedBytes,
    memory_limit_bytes: memoryLimitBytes,
    cpus: last?.cpus ?? 0,
    limited_by: last?.limitedBy ?? 'host',
    process_cpu_percent: last?.processCpuPercent ?? 0,
    process_memory_bytes: last?.processMemoryBytes ?? 0,
  };
}

export function sampleViews(samples: readonly Sample[]): MetricsView['samples'] {
  return samples.map(viewOf);
}

function viewOf(sample: Sample): SampleView {
  const { requests, lookUps, spanSeconds } = sample;
  const { avg, p95 } = latencyOfBuckets(requests.buckets, requests.seconds);
  const looked = lookUps.hits + lookUps.misses;
  return {
    at: new Date(sample.atMs).toISOString(),
    cpu_percent: sample.cpuPercent,
    memory_percent: percentOf(sample.memoryUsedBytes, sample.memoryLimitBytes),
    process_cpu_percent: sample.processCpuPercent,
    process_memory_bytes: sample.processMemoryBytes,
    requests_per_second: requests.requests / spanSeconds,
    errors_per_second: requests.errors / spanSeconds,
    refused_per_second: requests.refused / spanSeconds,
    avg_response_time: avg,
    p95_response_time: p95,
    cache_hit_rate: looked === 0 ? null : lookUps.hits / looked,
    event_loop_p99: sample.eventLoop.p99,
  };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
