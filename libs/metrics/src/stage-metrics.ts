import { histogram, type Family } from './family';
import { LatencyHistogram } from './latency-buckets';

/** In the order in which a request passes them. */
export const stages = ['queue', 'embed', 'vector', 'lexical', 'fuse', 'rerank', 'llm'] as const;
export type Stage = (typeof stages)[number];

/** How long the stages of answers take; those that run beside each other overlap. */
export class StageMetrics {
  private readonly latencies = Object.fromEntries(stages.map((stage) => [stage, new LatencyHistogram()])) as Readonly<
    Record<Stage, LatencyHistogram>
  >;

  record(stage: Stage, ms: number): void {
    this.latencies[stage].observe(ms / 1_000);
  }

  families(): Family[] {
    return [
      histogram(
        'acervo_stage_duration_seconds',
        'Stages of computed answers: those out of a cache have none.',
        stages.map((stage) => [{ stage }, this.latencies[stage]] as const),
      ),
    ];
  }
}
