/** One call of `embedBatch`: gathers the vectors of its texts as runs deliver them, in any order. */
export class EmbeddingRequest {
  readonly result: Promise<Float32Array>;
  private readonly vectors: Float32Array;
  private missing: number;
  private resolve!: (vectors: Float32Array) => void;
  private reject!: (error: unknown) => void;

  constructor(
    texts: number,
    private readonly dimensions: number,
  ) {
    this.vectors = new Float32Array(texts * dimensions);
    this.missing = texts;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  deliver(index: number, vector: Float32Array): void {
    this.vectors.set(vector, index * this.dimensions);
    if (--this.missing === 0) this.resolve(this.vectors);
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}
