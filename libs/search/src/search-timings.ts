export const searchStages = ['queue', 'embed', 'vector', 'lexical', 'fuse'] as const;
export type SearchStage = (typeof searchStages)[number];

export interface StageSpan {
  readonly stage: SearchStage;
  /** On the clock of `performance.now()`. */
  readonly startedMs: number;
  readonly ms: number;
}

/** Wall time of the stages of a search, in ms; stages that ran beside each other overlap. */
export class SearchTimings {
  /** In the order in which they ended; a stage may have several. */
  readonly spans: StageSpan[] = [];

  /** @param startedMs of the search, on the clock of `performance.now()`, with the time that it waited */
  constructor(readonly startedMs: number = performance.now()) {}

  /** A stage that ends now. */
  add(stage: SearchStage, ms: number): void {
    this.spans.push({ stage, startedMs: performance.now() - ms, ms });
  }

  async measure<T>(stage: SearchStage, work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      this.spans.push({ stage, startedMs, ms: performance.now() - startedMs });
    }
  }

  get(stage: SearchStage): number | undefined {
    let found: number | undefined;
    for (const span of this.spans) if (span.stage === stage) found = (found ?? 0) + span.ms;
    return found;
  }

  /** Sums of those that ran, in order. */
  *entries(): Iterable<readonly [SearchStage, number]> {
    for (const stage of searchStages) {
      const ms = this.get(stage);
      if (ms !== undefined) yield [stage, ms];
    }
  }

  /** Value of a `Server-Timing` header; empty when nothing ran. */
  toHeader(): string {
    return Array.from(this.entries(), ([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`).join(', ');
  }
}
