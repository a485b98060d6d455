/**
 * Coding of posting lists and term lists: unsigned LEB128 numbers, keys as differences. A posting is
 * (key, occurrences, length of the chunk in tokens); about 4 bytes each. Blocks hold at most `maxBlockPostings`, so a
 * block stays within a quarter of a database page, where SQLite keeps it in the tree, and an update rewrites little.
 */
export interface Posting {
  readonly key: number;
  readonly count: number;
  readonly length: number;
}

export const maxBlockPostings = 192;

/** Postings with ascending keys, none below `firstKey`. */
export function encodePostings(postings: readonly Posting[], firstKey: number): Uint8Array {
  const numbers: number[] = [];
  let previous = firstKey;
  for (const { key, count, length } of postings) {
    numbers.push(key - previous, count, length);
    previous = key;
  }
  return encodeNumbers(numbers);
}

/** Errors: RangeError when the bytes are not what `encodePostings` writes. */
export function decodePostings(bytes: Uint8Array, firstKey: number): Posting[] {
  const numbers = decodeNumbers(bytes);
  if (numbers.length % 3 !== 0) throw new RangeError('A posting block is cut.');
  const postings: Posting[] = [];
  let key = firstKey;
  for (let at = 0; at < numbers.length; at += 3) {
    key += numbers[at] ?? 0;
    postings.push({ key, count: numbers[at + 1] ?? 0, length: numbers[at + 2] ?? 0 });
  }
  return postings;
}

/** Term id → occurrences, as one chunk holds them. */
export function encodeTermCounts(counts: ReadonlyMap<number, number>): Uint8Array {
  const numbers: number[] = [];
  let previous = 0;
  for (const [term, count] of [...counts].sort(([left], [right]) => left - right)) {
    numbers.push(term - previous, count);
    previous = term;
  }
  return encodeNumbers(numbers);
}

export function decodeTermCounts(bytes: Uint8Array): Map<number, number> {
  const numbers = decodeNumbers(bytes);
  const counts = new Map<number, number>();
  let term = 0;
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    term += numbers[at] ?? 0;
    counts.set(term, numbers[at + 1] ?? 0);
  }
  return counts;
}

/**
 * Occurrences of `terms` (ascending ids) in an encoded chunk, in their order: one pass, nothing allocated but the answer.
 */
export function countTerms(bytes: Uint8Array, terms: readonly number[]): number[] {
  const counts = terms.map(() => 0);
  let wanted = 0;
  let term = 0;
  let isCount = false;
  let value = 0;
  let shift = 0;
  for (let at = 0; at < bytes.length && wanted < terms.length; at++) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte >= 0x80) {
      shift += 7;
      continue;
    }
    if (!isCount) {
      term += value >>> 0;
      while ((terms[wanted] ?? Infinity) < term) wanted += 1;
    } else if (terms[wanted] === term) {
      counts[wanted] = value;
    }
    isCount = !isCount;
    value = 0;
    shift = 0;
  }
  return counts;
}

function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let rest of numbers) {
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

function decodeNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let unit = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * unit;
    if (byte >= 0x80) {
      unit *= 0x80;
    } else {
      numbers.push(value);
      value = 0;
      unit = 1;
    }
  }
  if (unit !== 1) throw new RangeError('A number list is cut.');
  return numbers;
}
