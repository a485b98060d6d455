import { z } from 'zod';

import { fail } from '@acervo/problem';

const answerShape = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.unknown() })),
});

/**
 * The vectors of an answer of `/v1/embeddings` in the order of the texts: [count × dimensions] float32, unit L2.
 * The server may give them in any order (`index` decides) and of any length but zero.
 * Errors: EMBEDDING_DIMENSIONS_MISMATCH; EMBEDDING_UPSTREAM_FAILED for anything else that is not what was asked for.
 */
export function readEmbeddingAnswer(answer: unknown, count: number, dimensions: number): Float32Array {
  const { data, error } = answerShape.safeParse(answer);
  if (data === undefined) throw badAnswer('it is not a list of embeddings', error);
  if (data.data.length !== count) throw badAnswer(`it holds ${data.data.length} vectors for ${count} texts`);
  const vectors = new Float32Array(count * dimensions);
  const seen = new Set<number>();
  for (const { index, embedding } of data.data) {
    if (index >= count || seen.has(index)) throw badAnswer(`index ${index} is out of range or given twice`);
    seen.add(index);
    if (!Array.isArray(embedding)) throw badAnswer(`the vector at index ${index} is not an array of numbers`);
    if (embedding.length !== dimensions) {
      throw fail(
        'EMBEDDING_DIMENSIONS_MISMATCH',
        `The embedding server gave vectors of ${embedding.length} numbers, not ${dimensions}; check the model name.`,
        { received: embedding.length, expected: dimensions },
      );
    }
    writeUnit(embedding, vectors.subarray(index * dimensions, (index + 1) * dimensions), index);
  }
  return vectors;
}

function writeUnit(embedding: readonly unknown[], target: Float32Array, index: number): void {
  let squares = 0;
  for (const value of embedding) {
    if (typeof value !== 'number') throw badAnswer(`the vector at index ${index} holds something that is no number`);
    squares += value * value;
  }
  const norm = Math.sqrt(squares);
  if (norm === 0 || !Number.isFinite(norm)) throw badAnswer(`the vector at index ${index} has no direction`);
  embedding.forEach((value, at) => {
    target[at] = (value as number) / norm;
  });
}

function badAnswer(what: string, cause?: unknown): Error {
  return fail('EMBEDDING_UPSTREAM_FAILED', `The answer of the embedding server cannot be used: ${what}.`, {}, cause);
}
