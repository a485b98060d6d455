import type { Embedder } from '@acervo/embedding';
import type { CallContext } from '@acervo/kernel';

/**
 * Vectors of the questions of one computation: all distinct texts are embedded together, when the first is asked for.
 * A failed call fails the texts of that call only.
 */
export class QueryVectors {
  private readonly texts: readonly string[];
  private runs: readonly Promise<Float32Array>[] | undefined;

  constructor(
    private readonly embedder: Embedder,
    texts: Iterable<string>,
    private readonly context: CallContext,
  ) {
    this.texts = [...new Set(texts)];
  }

  /** Begins the work; `get` tells of failures. */
  start(): void {
    if (this.runs !== undefined) return;
    const { maxBatchItems } = this.embedder.capabilities;
    this.runs = Array.from({ length: Math.ceil(this.texts.length / maxBatchItems) }, async (_, run) =>
      this.embedder.embedBatch(this.texts.slice(run * maxBatchItems, (run + 1) * maxBatchItems), 'query', this.context),
    );
    // Whoever asks gets the rejection; a search that ended before it asked must not become an unhandled one.
    for (const run of this.runs) run.catch(() => undefined);
  }

  /** [dimensions] float32, unit L2. `text` is one of those given to the constructor. */
  async get(text: string): Promise<Float32Array> {
    this.start();
    const { maxBatchItems, dimensions } = this.embedder.capabilities;
    const index = this.texts.indexOf(text);
    const run = this.runs?.[Math.floor(index / maxBatchItems)];
    if (run === undefined) throw new RangeError('This text was not announced.');
    const at = (index % maxBatchItems) * dimensions;
    // A copy: an index may look at the memory below a view.
    return (await run).slice(at, at + dimensions);
  }
}
