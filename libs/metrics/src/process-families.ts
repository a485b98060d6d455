import { readdirSync } from 'node:fs';

import { counter, gauge, type Family } from './family';
import type { Sample } from './sample';

/** The process and its machine, under the names that dashboards for Node.js know. */
export function processFamilies(startedAtMs: number, last: Sample | undefined): Family[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const families = [
    counter('process_cpu_seconds_total', 'User and system time of the processes.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Resident memory of the processes.', rss),
    gauge('process_start_time_seconds', 'When the latest process started, since 1970.', startedAtMs / 1_000, 'max'),
    gauge('process_open_fds', 'Open file descriptors.', openFiles()),
    gauge('nodejs_heap_size_total_bytes', 'Heap of the main threads.', heapTotal),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use of the main threads.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory outside of the heap.', external),
  ];
  return last === undefined ? families : [...families, ...machineFamilies(last)];
}

function machineFamilies({ eventLoop, cpuPercent, memoryUsedBytes, memoryLimitBytes, cpus }: Sample): Family[] {
  return [
    gauge('nodejs_eventloop_lag_p50_seconds', 'Delay of the event loop, last 10 s.', eventLoop.p50, 'max'),
    gauge('nodejs_eventloop_lag_p99_seconds', 'Delay of the event loop, last 10 s.', eventLoop.p99, 'max'),
    gauge('nodejs_eventloop_lag_max_seconds', 'Delay of the event loop, last 10 s.', eventLoop.max, 'max'),
    gauge('acervo_machine_cpu_ratio', 'Of the processors of the host or control group.', cpuPercent / 100, 'max'),
    gauge('acervo_machine_cpus', 'Processors that may be used.', cpus, 'max'),
    gauge('acervo_machine_memory_used_bytes', 'Of the host or control group.', memoryUsedBytes, 'max'),
    gauge('acervo_machine_memory_limit_bytes', 'Of the host or control group.', memoryLimitBytes, 'max'),
  ];
}

/** Undefined where there is no /proc. */
function openFiles(): number | Iterable<never> {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return [];
  }
}
