/**
 * Vectors for the chunks of some documents: what the collection already holds is taken from there, equal passages are
 * embedded once, the rest goes to the model sorted by length (little padding), a few batches at a time, so that every
 * thread of the model has work and a query never waits behind more than one batch of each.
 */
import pLimit from 'p-limit';

import type { CallContext } from '@acervo/kernel';
import type { Embedder } from '@acervo/embedding';
import type { DocumentStore, NewChunk } from '@acervo/store';
import type { Admission } from '@acervo/throttle';
import { inStage } from '@acervo/tracing';

import { withRetries } from './retries';

export interface EmbeddedChunks {
  /** [chunks × dimensions] float32, row-major, for each document in order. */
  readonly embeddings: readonly Float32Array[];
  /** Passages that went to the model. */
  readonly computed: number;
}

/** Larger batches gain nothing with the local model and make queries wait. */
const maxBatchItems = 16;
const maxBatchesInFlight = 4;
/** Passage hashes a look-up. */
const lookUpItems = 500;

export class PassageEmbedding {
  private readonly limit = pLimit(maxBatchesInFlight);

  constructor(
    private readonly embedder: Embedder,
    private readonly store: DocumentStore,
    /** Gives a permit of the background for each batch; without it batches go straight to the model. */
    private readonly admission?: Admission,
  ) {}

  /**
   * @param reuseFrom collection whose vectors of the same model may be used; undefined: none
   * @param onEmbedded told after each batch how many chunks have their vector now
   * Errors: those of `Embedder.embedBatch` and of `Admission.run`; retryable ones only after three more attempts.
   */
  async embed(
    documents: readonly (readonly NewChunk[])[],
    reuseFrom: string | undefined,
    context: CallContext,
    onEmbedded: (chunks: number) => void = () => undefined,
  ): Promise<EmbeddedChunks> {
    const passages = new Map(documents.flat().map(({ passageHash, passage }) => [passageHash, passage]));
    const vectors = await this.known([...passages.keys()], reuseFrom, context);
    const missing = [...passages].filter(([hash]) => !vectors.has(hash)).sort(([, a], [, b]) => a.length - b.length);
    onEmbedded(vectors.size);
    await Promise.all(
      batchesOf(missing, Math.min(maxBatchItems, this.embedder.capabilities.maxBatchItems)).map((batch) =>
        this.limit(async () => {
          const { dimensions } = this.embedder.capabilities;
          const texts = batch.map(([, passage]) => passage);
          const rows = await withRetries(async () => this.embedBatch(texts, context), context);
          batch.forEach(([hash], row) => vectors.set(hash, rows.subarray(row * dimensions, (row + 1) * dimensions)));
          onEmbedded(vectors.size);
        }),
      ),
    );
    return { embeddings: documents.map((chunks) => this.join(chunks, vectors)), computed: missing.length };
  }

  private async embedBatch(texts: readonly string[], context: CallContext): Promise<Float32Array> {
    const work = async (): Promise<Float32Array> =>
      await inStage('embed', async () => this.embedder.embedBatch(texts, 'passage', context), {
        'acervo.ingest.passages': texts.length,
      });
    return this.admission === undefined ? await work() : await this.admission.run('background', context, work);
  }

  private async known(
    hashes: readonly string[],
    collection: string | undefined,
    context: CallContext,
  ): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    if (collection === undefined) return found;
    for (const part of batchesOf(hashes, lookUpItems)) {
      for (const [hash, vector] of await this.store.findEmbeddings(collection, part, context)) found.set(hash, vector);
    }
    return found;
  }

  private join(chunks: readonly NewChunk[], vectors: ReadonlyMap<string, Float32Array>): Float32Array {
    const { dimensions } = this.embedder.capabilities;
    const joined = new Float32Array(chunks.length * dimensions);
    chunks.forEach(({ passageHash }, row) => {
      const vector = vectors.get(passageHash);
      if (vector?.length !== dimensions) throw new Error(`No vector of ${dimensions} dimensions for a passage.`);
      joined.set(vector, row * dimensions);
    });
    return joined;
  }
}

function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
