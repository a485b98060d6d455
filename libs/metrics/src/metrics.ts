import { gauge, type Family } from './family';
import { collectAll, type MetricsSource } from './metrics-source';
import { processFamilies } from './process-families';
import { RequestMetrics } from './request-metrics';
import type { LookUps } from './sample';
import type { MetricsSnapshot } from './snapshot';
import { StageMetrics } from './stage-metrics';
import { SystemSampler } from './system-sampler';

export interface MetricsOptions {
  readonly version: string;
  /** Of answers in their cache, since start. */
  readonly lookUps: () => LookUps;
  /** Asked with each snapshot. */
  readonly sources: readonly MetricsSource[];
  /** For each of them. Default 300. */
  readonly sourceTimeoutMs?: number;
}

/** All that one process measures. */
export class Metrics {
  readonly requests = new RequestMetrics();
  readonly stages = new StageMetrics();
  private readonly sampler: SystemSampler;
  private readonly startedAtMs = Date.now() - process.uptime() * 1_000;

  constructor(private readonly options: MetricsOptions) {
    this.sampler = new SystemSampler({ requests: this.requests, lookUps: options.lookUps });
  }

  /** @param onSample after each look at the machine, every ten seconds */
  start(onSample?: () => void): void {
    this.sampler.start(onSample);
  }

  /** Never rejects; what could not be asked is named. Cost: about a millisecond, and the sources. */
  async snapshot(): Promise<MetricsSnapshot> {
    const { families, unavailable } = await collectAll(this.options.sources, this.options.sourceTimeoutMs ?? 300);
    const samples = this.sampler.read();
    return {
      startedAtMs: this.startedAtMs,
      families: [
        ...this.requests.families(),
        ...this.stages.families(),
        ...families,
        ...processFamilies(this.startedAtMs, samples.at(-1)),
        this.build(),
      ],
      rates: [this.requests.rates()],
      recent: this.requests.readRecent(),
      samples,
      unavailable,
    };
  }

  close(): void {
    this.sampler.close();
  }

  private build(): Family {
    const labels = { version: this.options.version, nodejs: process.version };
    return gauge('acervo_build_info', 'Always 1: what runs.', [[labels, 1]], 'max');
  }
}
