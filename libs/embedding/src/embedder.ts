import type { CallContext } from '@acervo/kernel';

/** Questions and passages are embedded differently by asymmetric models (E5 prefixes). */
export type TextKind = 'query' | 'passage';

/** How much a vector may cost: see each adapter for what it does with it. */
export type EmbeddingProfile = 'fast' | 'balanced' | 'quality';

export interface EmbedderCapabilities {
  /** Names weights and preparation together: two embedders with equal `model` give comparable vectors. */
  readonly model: string;
  readonly dimensions: number;
  /** Longer texts are cut here, counted in tokens of the model, special tokens and prefix included. */
  readonly maxTokens: number;
  /** Texts per call of `embedBatch`; callers with more split. */
  readonly maxBatchItems: number;
}

/** Port: texts to unit vectors. Adapters: `local` (onnxruntime) and `openai`. */
export abstract class Embedder {
  abstract readonly capabilities: EmbedderCapabilities;

  /**
   * Embeds texts in as few model runs as the token budget allows; output order equals input order.
   * Shapes: texts [n], 0 ≤ n ≤ maxBatchItems (RangeError beyond) → [n × dimensions] float32, row-major, unit L2 norm (±1e-5).
   * Errors: EMBEDDING_OVERLOADED (queue full, retryable), EMBEDDING_UPSTREAM_FAILED, EMBEDDING_UPSTREAM_TIMEOUT
   * (retryable), EMBEDDING_DIMENSIONS_MISMATCH, REQUEST_DEADLINE_EXCEEDED, REQUEST_CANCELLED.
   * Cost: O(total tokens); safe for concurrent calls; queries go before passages; aborting frees the queue slot.
   */
  abstract embedBatch(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Float32Array>;

  /** Resolves when the model can answer; rejects with the reason when it cannot. */
  abstract checkHealth(context: CallContext): Promise<void>;

  abstract close(): Promise<void>;
}
