/** Token ids of several texts in one rectangle: `ids` is [rows × columns] int32, row-major, padded on the right. */
export interface TokenBatch {
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  readonly columns: number;
}

export function padBatch(texts: readonly Int32Array[], padId: number): TokenBatch {
  const columns = texts.reduce((longest, { length }) => Math.max(longest, length), 0);
  const ids = new Int32Array(texts.length * columns).fill(padId);
  texts.forEach((text, row) => {
    ids.set(text, row * columns);
  });
  return { ids, lengths: Int32Array.from(texts, ({ length }) => length), columns };
}
