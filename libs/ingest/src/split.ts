/** Cuts a range of text at separators, the coarsest that is enough. Pieces are adjacent and cover the range. */
import type { Range } from './parsed-document';

/** Tried in this order; each stays at the end of the piece before the cut. */
export const separators = ['\n\n', '\n', '. ', '! ', '? '] as const;

/** Pieces that end after each `separator`. O(length). */
export function splitAt(text: string, { start, end }: Range, separator: string): Range[] {
  const part = text.slice(start, end);
  const pieces: Range[] = [];
  let from = 0;
  for (let at = part.indexOf(separator); at !== -1; at = part.indexOf(separator, from)) {
    const to = at + separator.length;
    pieces.push({ start: start + from, end: start + to });
    from = to;
  }
  if (from < part.length) pieces.push({ start: start + from, end });
  return pieces;
}

/**
 * Pieces of at most `size` characters. Where no separator helps, the cut falls on white space, and where there is
 * none, after `lastResort` characters (≤ size), never inside a surrogate pair. O(length · separators).
 */
export function splitToSize(text: string, range: Range, size: number, lastResort: number, level = 0): Range[] {
  if (range.end - range.start <= size) return [range];
  const separator = separators[level];
  if (separator === undefined) return cut(text, range, lastResort);
  return splitAt(text, range, separator).flatMap((piece) => splitToSize(text, piece, size, lastResort, level + 1));
}

function cut(text: string, { start, end }: Range, size: number): Range[] {
  const pieces: Range[] = [];
  let from = start;
  while (end - from > size) {
    const to = lastSpace(text, from + Math.ceil(size / 2), from + size) ?? wholeCharacter(text, from, from + size);
    pieces.push({ start: from, end: to });
    from = to;
  }
  pieces.push({ start: from, end });
  return pieces;
}

function lastSpace(text: string, from: number, to: number): number | undefined {
  for (let at = to; at > from; at--) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  return undefined;
}

/** `at`, or one less when it would split a surrogate pair and leaves something of the piece that begins at `from`. */
function wholeCharacter(text: string, from: number, at: number): number {
  if (!isInsidePair(text, at)) return at;
  return at - 1 > from ? at - 1 : at + 1;
}

/** True when the code units on both sides of `at` form one character. */
export function isInsidePair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
