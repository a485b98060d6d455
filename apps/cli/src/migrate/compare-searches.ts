/** Asks two sides the same questions: after a migration both must answer alike. */
import type { CallContext } from '@acervo/kernel';
import { searchRequestSchema, type SearchAnswer, type SearchMode, type SearchService } from '@acervo/search';
import type { DocumentStore } from '@acervo/store';

export interface SearchComparison {
  readonly searches: number;
  /** Of those, with the same passages in the same order. */
  readonly identical: number;
  /** Part of all ranks where both have the same passage, or one that scores within the tolerance. */
  readonly agreement: number;
  /** Searches that went on without one side, on either end. */
  readonly degraded: number;
}

export interface ComparedSides {
  readonly source: SearchService;
  readonly target: SearchService;
}

const results = 10;
const questionWords = 12;
const modes: readonly SearchMode[] = ['hybrid', 'lexical', 'semantic'];
/** Vectors are kept in 16 bits by some engines: neighbours that are closer than this may change places. */
const scoreTolerance = 0.005;

/** The first words of passages that lie evenly spread in the collection; at most `count`. */
export async function sampleQuestions(
  store: DocumentStore,
  collection: string,
  count: number,
  context: CallContext,
): Promise<string[]> {
  const keys = await store.listKeys(collection, context);
  const step = Math.max(1, keys.length / Math.max(1, count));
  const sampled = Array.from({ length: Math.min(count, keys.length) }, (_, nth) => keys[Math.floor(nth * step)] ?? 0);
  const chunks = await store.fetchChunks(collection, sampled, context);
  return chunks.map(({ text }) => text.split(/\s+/).filter(Boolean).slice(0, questionWords).join(' '));
}

/** Modes take turns. Errors: those of searches. */
export async function compareSearches(
  { source, target }: ComparedSides,
  collection: string,
  questions: readonly string[],
  context: CallContext,
): Promise<SearchComparison> {
  let [identical, agreeing, ranks, degraded] = [0, 0, 0, 0];
  for (const [nth, query] of questions.entries()) {
    const mode = modes[nth % modes.length];
    const request = { ...searchRequestSchema.parse({ query, max_results: results, mode }), collection };
    const [a, b] = await Promise.all(
      [source, target].map(async (side) => (await side.search(request, context)).answer),
    );
    if (a === undefined || b === undefined) continue;
    if (a.degraded.length > 0 || b.degraded.length > 0) degraded += 1;
    const same = agreeingRanks(a, b);
    const length = Math.max(a.results.length, b.results.length);
    agreeing += same;
    ranks += length;
    if (length === a.results.filter(({ id }, rank) => id === b.results[rank]?.id).length) identical += 1;
  }
  return { searches: questions.length, identical, agreement: ranks === 0 ? 1 : agreeing / ranks, degraded };
}

export function agreeingRanks(a: Pick<SearchAnswer, 'results'>, b: Pick<SearchAnswer, 'results'>): number {
  return a.results.filter(({ id, score }, rank) => {
    const other = b.results[rank];
    return other !== undefined && (other.id === id || Math.abs(other.score - score) <= scoreTolerance);
  }).length;
}
