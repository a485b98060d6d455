export const searchStages = ['queue', 'embed', 'vector', 'lexical', 'fuse'] as const;
export type SearchStage = (typeof searchStages)[number];

/** Wall time of the stages of a search, in ms; stages that ran beside each other overlap. */
export class SearchTimings {
  private readonly ms = new Map<SearchStage, number>();

  add(stage: SearchStage, ms: number): void {
    this.ms.set(stage, (this.ms.get(stage) ?? 0) + ms);
  }

  async measure<T>(stage: SearchStage, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - start);
    }
  }

  get(stage: SearchStage): number | undefined {
    return this.ms.get(stage);
  }

  /** Those that ran, in order. */
  *entries(): Iterable<readonly [SearchStage, number]> {
    for (const stage of searchStages) {
      const ms = this.ms.get(stage);
      if (ms !== undefined) yield [stage, ms];
    }
  }

  /** Value of a `Server-Timing` header; empty when nothing ran. */
  toHeader(): string {
    return Array.from(this.entries(), ([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`).join(', ');
  }
}
