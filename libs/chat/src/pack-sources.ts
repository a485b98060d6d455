/** From the results of a search to the sources of a prompt: neighbours joined, repetitions dropped, within a budget. */
import type { SearchResult } from '@acervo/search';

import type { Source } from './language-model';

/** A source, and where it is found. */
export interface PackedSource extends Source {
  readonly chunkId: string;
  readonly documentId: string;
  /** Path or address of the document. */
  readonly origin: string;
  /** In the extracted text of the document, UTF-16 code units, end exclusive. */
  readonly position: { readonly start: number; readonly end: number; readonly page?: number | undefined };
}

/** Passages of one document whose gap is at most this many characters are read as one. */
const maxGap = 2;

/**
 * Numbered by relevance. The most relevant come first and last, the others between: models overlook the middle of a
 * long prompt (Liu et al. 2024, "Lost in the Middle").
 *
 * @param budgetTokens of all texts together; at least the first source is kept, cut if it must be
 */
export function packSources(
  results: readonly SearchResult[],
  budgetTokens: number,
  countTokens: (text: string) => number,
): PackedSource[] {
  const packed: PackedSource[] = [];
  let left = budgetTokens;
  for (const passage of joinNeighbours(dropRepetitions(results))) {
    const cost = countTokens(passage.text);
    if (cost > left && packed.length > 0) continue;
    const text = cost > left ? cut(passage.text, left, countTokens) : passage.text;
    left -= countTokens(text);
    packed.push(toSource({ ...passage, text }, packed.length + 1));
  }
  return packed;
}

/** The order in which a prompt shows them: 1, 3, 5, … 6, 4, 2. */
export function promptOrder<T>(byRelevance: readonly T[]): T[] {
  const front = byRelevance.filter((_, nth) => nth % 2 === 0);
  const back = byRelevance.filter((_, nth) => nth % 2 === 1);
  return [...front, ...back.reverse()];
}

function dropRepetitions(results: readonly SearchResult[]): SearchResult[] {
  const seen = new Set<string>();
  return results.filter(({ text }) => {
    const said = text.replace(/\s+/g, ' ').trim();
    if (seen.has(said)) return false;
    seen.add(said);
    return true;
  });
}

/** Chunks overlap: of two that touch, the text is written once. Place and score are those of the better one. */
function joinNeighbours(results: readonly SearchResult[]): SearchResult[] {
  const joined: SearchResult[] = [];
  for (const result of results) {
    const at = joined.findIndex((other) => touches(other, result));
    const neighbour = joined[at];
    if (neighbour === undefined) joined.push(result);
    else joined[at] = join(neighbour, result);
  }
  return joined;
}

function touches(one: SearchResult, other: SearchResult): boolean {
  if (one.document_id !== other.document_id || one.position.page !== other.position.page) return false;
  const [first, second] = one.position.start <= other.position.start ? [one, other] : [other, one];
  return second.position.start <= first.position.end + maxGap;
}

function join(better: SearchResult, other: SearchResult): SearchResult {
  const [first, second] = better.position.start <= other.position.start ? [better, other] : [other, better];
  const overlap = first.position.end - second.position.start;
  const rest = overlap >= 0 ? second.text.slice(overlap) : `\n${second.text}`;
  const end = Math.max(first.position.end, second.position.end);
  return {
    ...better,
    text: second.position.end <= first.position.end ? first.text : first.text + rest,
    position: { ...better.position, start: first.position.start, end },
  };
}

/** The longest beginning, to a whole word, that is within the budget. */
function cut(text: string, budgetTokens: number, countTokens: (text: string) => number): string {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (countTokens(text.slice(0, middle)) <= budgetTokens) low = middle;
    else high = middle - 1;
  }
  return low === text.length ? text : text.slice(0, low).replace(/\s+\S*$/, '');
}

function toSource(result: SearchResult, index: number): PackedSource {
  const { title, headings, text, language, score, id, document_id: documentId, source, position } = result;
  const end = Math.min(position.end, position.start + text.length);
  return {
    ...{ index, title, headings, text, language, score, documentId },
    chunkId: id,
    origin: source,
    position: { ...position, end: Math.max(end, position.start) },
  };
}
