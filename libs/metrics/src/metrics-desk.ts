import { SingleFlight, callContext, type CallContext } from '@acervo/kernel';

import { counter, gauge, type Family } from './family';
import type { Gather, Gathered } from './gathering';
import { mergeFamilies } from './merge-families';
import type { Metrics } from './metrics';
import { collectAll, type MetricsSource } from './metrics-source';
import { mergeSnapshots, type MetricsSnapshot } from './snapshot';

export interface MetricsDeskOptions {
  readonly metrics: Pick<Metrics, 'snapshot' | 'close'>;
  readonly gather: Gather;
  /** Of what all processes share, such as the store: asked once, by the process that answers. */
  readonly shared: readonly MetricsSource[];
}

export interface Reading {
  /** One family of each name. */
  readonly merged: MetricsSnapshot;
  readonly gathered: Omit<Gathered, 'others'>;
}

const sharedTimeoutMs = 1_000;
const readTimeoutMs = 5_000;

/** Puts the numbers of all processes together. Whoever looks while another does gets the same. */
export class MetricsDesk {
  private readonly flights = new SingleFlight<Reading>();

  constructor(private readonly options: MetricsDeskOptions) {}

  async read(context: CallContext = callContext(readTimeoutMs)): Promise<Reading> {
    const { value } = await this.flights.run('read', context, () => this.gather());
    return value;
  }

  close(): void {
    this.options.metrics.close();
  }

  private async gather(): Promise<Reading> {
    const { metrics, gather, shared } = this.options;
    const own = await metrics.snapshot();
    const [{ others, ...gathered }, engines] = await Promise.all([gather(own), collectAll(shared, sharedTimeoutMs)]);
    const merged = mergeSnapshots([own, ...others]);
    const isWhole = gathered.answered === gathered.expected;
    const unavailable = [...merged.unavailable, ...engines.unavailable, ...(isWhole ? [] : ['workers'])];
    const families = mergeFamilies([...merged.families, ...engines.families, ...ofProcesses(gathered, unavailable)]);
    return { merged: { ...merged, families, unavailable }, gathered };
  }
}

function ofProcesses(
  { expected, answered, restarted }: Omit<Gathered, 'others'>,
  unavailable: readonly string[],
): Family[] {
  return [
    gauge('acervo_processes', 'Processes that serve.', expected),
    gauge('acervo_processes_answered', 'Of those, the ones whose numbers are of now.', answered),
    counter('acervo_process_restarts_total', 'Processes that died and were started again.', restarted),
    gauge('acervo_metrics_parts_unavailable', 'Parts that could not be asked in time.', unavailable.length),
  ];
}
