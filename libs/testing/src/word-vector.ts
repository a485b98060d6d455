/**
 * A vector that depends only on the words of a text, so that texts that share words are near each other.
 * Not of unit length: whoever receives it has to normalise. O(words × 8).
 */
export function wordVector(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  vector[0] = 0.01;
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let state = hash(word);
    for (let n = 0; n < 8; n++) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      const at = (state >>> 1) % dimensions;
      vector[at] = (vector[at] ?? 0) + ((state & 1) === 0 ? 0.5 : -0.5);
    }
  }
  return vector;
}

/** FNV-1a over code units, 32 bits. */
function hash(word: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) state = Math.imul(state ^ word.charCodeAt(at), 0x01000193);
  return state;
}
