/** Looks at the process and its machine every ten seconds, and remembers the last hundred looks. */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

import { MachineMeter } from './machine-load';
import type { RequestMetrics, RequestTotals } from './request-metrics';
import { maxSamples, samplePeriodMs, type EventLoopDelay, type LookUps, type Sample } from './sample';

export interface SamplerOptions {
  readonly requests: RequestMetrics;
  /** Since start. */
  readonly lookUps: () => LookUps;
  readonly machine?: MachineMeter;
}

/** Between two looks at the event loop. */
const resolutionMs = 20;

export class SystemSampler {
  private readonly machine: MachineMeter;
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  private readonly samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;
  private totals: RequestTotals;
  private lookUps: LookUps;
  private beganAtMs = performance.now();

  constructor(private readonly options: SamplerOptions) {
    this.machine = options.machine ?? new MachineMeter();
    this.totals = options.requests.totals();
    this.lookUps = options.lookUps();
    this.delay.enable();
  }

  /** @param onSample after each */
  start(onSample: () => void = () => undefined): void {
    // At the same moments in all processes, however early or late a timer was.
    const next = Math.floor(Date.now() / samplePeriodMs + 0.5) + 1;
    const untilNextMs = next * samplePeriodMs - Date.now();
    this.timer = setTimeout(() => {
      this.take();
      onSample();
      this.start(onSample);
    }, untilNextMs);
    this.timer.unref();
  }

  close(): void {
    clearTimeout(this.timer);
    this.delay.disable();
  }

  take(): void {
    const sample = this.look();
    this.samples.push(sample);
    if (this.samples.length > maxSamples) this.samples.shift();
    this.options.requests.mark();
    this.delay.reset();
    this.beganAtMs = performance.now();
    this.totals = this.options.requests.totals();
    this.lookUps = this.options.lookUps();
  }

  /** Oldest first. Before the first ten seconds are over, what there is of them. */
  read(): readonly Sample[] {
    return this.samples.length === 0 ? [this.look()] : [...this.samples];
  }

  private look(): Sample {
    const nowMs = Date.now();
    return {
      ...this.machine.read(),
      slot: Math.round(nowMs / samplePeriodMs),
      atMs: nowMs,
      spanSeconds: Math.max(0.001, (performance.now() - this.beganAtMs) / 1_000),
      requests: difference(this.totals, this.options.requests.totals()),
      lookUps: this.differenceOfLookUps(),
      eventLoop: this.eventLoop(),
    };
  }

  private differenceOfLookUps(): LookUps {
    const { hits, misses } = this.options.lookUps();
    return { hits: hits - this.lookUps.hits, misses: misses - this.lookUps.misses };
  }

  /** What is recorded is the time between two looks: the delay is what is beyond the resolution. */
  private eventLoop(): EventLoopDelay {
    const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1_000);
    if (this.delay.count === 0) return { p50: 0, p99: 0, max: 0 };
    const { delay } = this;
    return { p50: seconds(delay.percentile(50)), p99: seconds(delay.percentile(99)), max: seconds(delay.max) };
  }
}

function difference(before: RequestTotals, now: RequestTotals): RequestTotals {
  return {
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    refused: now.refused - before.refused,
    seconds: now.seconds - before.seconds,
    buckets: now.buckets.map((count, at) => count - (before.buckets[at] ?? 0)),
  };
}
