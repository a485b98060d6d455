import { readEmbeddingAnswer } from './embedding-answer';

const item = (index: number, ...embedding: unknown[]): object => ({ object: 'embedding', index, embedding });

describe('readEmbeddingAnswer', () => {
  it('orders by index and scales to unit length', () => {
    const vectors = readEmbeddingAnswer({ data: [item(1, 0, 2), item(0, 3, 4)] }, 2, 2);
    expect([...vectors].map((value) => Math.round(value * 1000) / 1000)).toEqual([0.6, 0.8, 0, 1]);
  });

  it.each([
    ['nothing', undefined],
    ['no list', { data: 'x' }],
    ['a vector too few', { data: [item(0, 1, 0)] }],
    ['a vector too many', { data: [item(0, 1, 0), item(1, 1, 0), item(2, 1, 0)] }],
    ['an index twice', { data: [item(0, 1, 0), item(0, 1, 0)] }],
    ['an index beyond the texts', { data: [item(0, 1, 0), item(2, 1, 0)] }],
    ['a base64 vector', { data: [item(0, 1, 0), { index: 1, embedding: 'AACAPw==' }] }],
    ['a null in a vector, as JSON writes NaN', { data: [item(0, 1, 0), item(1, 1, null)] }],
    ['a vector beyond all numbers', { data: [item(0, 1, 0), item(1, 1e308, 1e308)] }],
    ['a vector of zeros', { data: [item(0, 1, 0), item(1, 0, 0)] }],
  ])('refuses %s', (_, answer) => {
    expect(() => readEmbeddingAnswer(answer, 2, 2)).toThrow(
      expect.objectContaining({ code: 'EMBEDDING_UPSTREAM_FAILED' }) as Error,
    );
  });

  it('refuses vectors of another size with both sizes', () => {
    expect(() => readEmbeddingAnswer({ data: [item(0, 1, 0, 0)] }, 1, 2)).toThrow(
      expect.objectContaining({
        code: 'EMBEDDING_DIMENSIONS_MISMATCH',
        params: { received: 3, expected: 2 },
      }) as Error,
    );
  });
});
