import { stem, tokenise, type Language, type QueryTerm } from '@acervo/language';

export interface Highlight {
  /** UTF-16 code units into the text, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const maxHighlights = 200;

/** Places of the terms in a text, in order, without overlaps; at most 200. A word matches in its form or by its stem. */
export function highlight(text: string, language: Language, terms: readonly QueryTerm[]): Highlight[] {
  const surfaces = new Set(terms.map((term) => term.surface));
  const stems = new Set(terms.flatMap((term) => term.stems));
  const found = tokenise(text)
    .filter(({ surface }) => surfaces.has(surface) || stems.has(stem(surface, language)))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of found) {
    const last = merged.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else if (merged.length === maxHighlights) break;
    else merged.push({ start, end });
  }
  return merged;
}
