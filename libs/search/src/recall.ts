/**
 * The candidates of one search: both lists side by side, each completed with the scores that only the other knows.
 *
 * One side may fail while the other answers: hybrid then goes on with what it has and says so. The semantic side gets a
 * share of the remaining time only, so a hung model or index leaves enough for the words.
 */
import { remainingMs, throwIfEnded, untilEnded, withTimeout, DomainError, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import {
  scoreOf,
  type Collection,
  type DocumentStore,
  type LexicalResult,
  type ScoredKey,
  type VectorIndex,
  type VectorQuery,
} from '@acervo/store';

import { onlyLexical, onlyVector, Union, unseenBound, type FusedHit } from './fusion';
import type { QueryPlan } from './query-plan';
import type { ScoreKind } from './score-calibration';
import type { Degradation } from './search-answer.schema';
import type { SearchMode } from './search.schema';
import type { SearchTimings } from './search-timings';

export interface Candidates {
  /** Best first. */
  readonly hits: readonly FusedHit[];
  /** No passage outside `hits` scores higher; -Infinity when there is none outside. */
  readonly unseenBound: number;
  /** Whose scores these are: the plan's mode, or what was left of it. */
  readonly scoredAs: ScoreKind;
  readonly degraded: readonly Degradation[];
}

export interface RecallPorts {
  readonly store: DocumentStore;
  readonly vectorIndex: VectorIndex;
  /** Told of a side that failed while the search went on. */
  readonly onDegraded: (degradation: Degradation, cause: unknown) => void;
  readonly fusion: 'weighted' | 'rrf';
}

export interface RecallInput {
  readonly plan: QueryPlan;
  readonly collection: Collection;
  /** Ascending keys that the filter admits; undefined without a filter. */
  readonly allowed: Uint32Array | undefined;
  readonly questionVector: () => Promise<Float32Array>;
  readonly timings: SearchTimings;
  readonly context: CallContext;
}

const semanticShare = 0.6;

type Side<T> = { readonly value: T } | { readonly error: unknown } | undefined;
interface SemanticResult {
  readonly vector: Float32Array;
  readonly hits: readonly ScoredKey[];
}

/**
 * @param depth length of each list
 * Errors: SEARCH_SEMANTIC_UNAVAILABLE, SEARCH_UNAVAILABLE, COLLECTION_NOT_FOUND, COLLECTION_OUTDATED, REQUEST_*.
 */
export async function recall(ports: RecallPorts, input: RecallInput, depth: number): Promise<Candidates> {
  const { plan, context } = input;
  if (input.allowed?.length === 0) return { hits: [], unseenBound: -Infinity, scoredAs: plan.mode, degraded: [] };
  const [semantic, lexical] = await Promise.all([
    plan.mode === 'lexical' ? undefined : settle(searchSemantic(ports, input, depth)),
    plan.mode === 'semantic' ? undefined : settle(searchLexical(ports, input, depth)),
  ]);
  throwIfEnded(context);
  if (semantic !== undefined && lexical !== undefined && 'value' in semantic && 'value' in lexical) {
    return await fuseBoth(ports, input, semantic.value, lexical.value, depth);
  }
  return oneSide(ports, plan.mode, semantic, lexical, depth);
}

function oneSide(
  ports: RecallPorts,
  mode: SearchMode,
  semantic: Side<SemanticResult>,
  lexical: Side<LexicalResult>,
  depth: number,
): Candidates {
  const degraded: Degradation[] = [];
  if (semantic !== undefined && 'error' in semantic) {
    if (mode === 'semantic') throw semanticFailure(semantic.error);
    degraded.push('semantic_unavailable');
  }
  if (lexical !== undefined && 'error' in lexical) {
    if (mode === 'lexical' || degraded.length > 0) throw fail('SEARCH_UNAVAILABLE', undefined, {}, lexical.error);
    degraded.push('lexical_unavailable');
  }
  if (semantic !== undefined && 'value' in semantic) {
    const hits = onlyVector(semantic.value.hits);
    if (lexical !== undefined && 'error' in lexical) ports.onDegraded('lexical_unavailable', lexical.error);
    return { hits, unseenBound: lastOf(hits, depth), scoredAs: 'semantic', degraded };
  }
  if (lexical === undefined || 'error' in lexical) throw fail('SEARCH_UNAVAILABLE');
  if (semantic !== undefined && 'error' in semantic) ports.onDegraded('semantic_unavailable', semantic.error);
  const hits = onlyLexical(lexical.value.hits, lexical.value.idfSum);
  return { hits, unseenBound: lastOf(hits, depth), scoredAs: 'lexical', degraded };
}

async function fuseBoth(
  ports: RecallPorts,
  input: RecallInput,
  semantic: SemanticResult,
  lexical: LexicalResult,
  depth: number,
): Promise<Candidates> {
  const { plan, timings } = input;
  const { hits: lexicalHits, idfSum } = lexical;
  const union = new Union(semantic.hits, lexicalHits);
  if (ports.fusion === 'rrf') {
    return { hits: union.fuseByRank(), unseenBound: -Infinity, scoredAs: 'ranks', degraded: [] };
  }
  await Promise.all([addCosines(ports, input, semantic, union), addWords(ports, input, lexical, union)]);
  const start = performance.now();
  const hits = union.fuse(idfSum, plan.lexicalWeight);
  timings.add('fuse', performance.now() - start);
  return {
    hits,
    unseenBound: unseenBound(semantic.hits, lexicalHits, depth, idfSum, plan.lexicalWeight),
    scoredAs: 'hybrid',
    degraded: [],
  };
}

async function addCosines(
  { vectorIndex }: RecallPorts,
  { collection, timings, context }: RecallInput,
  { vector, hits }: SemanticResult,
  union: Union,
): Promise<void> {
  const keys = union.keysWithout('cosine');
  if (keys.length === 0) return;
  const cosines = await timings.measure('vector', async () =>
    vectorIndex.cosines(collection.name, vector, keys, context, collection.generation),
  );
  // A passage that the vector index does not hold yet is no better than the last one it found.
  union.complete('cosine', keys, cosines, hits.at(-1)?.score ?? 0);
}

async function addWords(
  { store }: RecallPorts,
  { plan, collection, timings, context }: RecallInput,
  { all }: LexicalResult,
  union: Union,
): Promise<void> {
  const keys = union.keysWithout('bm25');
  if (keys.length === 0) return;
  const words =
    all === undefined
      ? await timings.measure('lexical', async () => store.scoreLexical(collection.name, plan.terms, keys, context))
      : keys.map((key) => scoreOf(all, key));
  union.complete('bm25', keys, words, 0);
}

async function searchSemantic(ports: RecallPorts, input: RecallInput, depth: number): Promise<SemanticResult> {
  const { plan, collection, allowed, timings, context } = input;
  return await withTimeout(Math.floor(remainingMs(context) * semanticShare), context, async (own) => {
    const vector = await timings.measure('embed', async () => untilEnded(input.questionVector(), own));
    const narrowing =
      plan.filter === undefined || allowed === undefined ? undefined : { filter: plan.filter, keys: allowed };
    const query: VectorQuery = { vector, limit: depth, narrowing };
    const [hits = []] = await timings.measure('vector', async () =>
      ports.vectorIndex.search(collection.name, [query], own, collection.generation),
    );
    return { vector, hits };
  });
}

async function searchLexical(ports: RecallPorts, input: RecallInput, depth: number): Promise<LexicalResult> {
  const { plan, collection, allowed, timings, context } = input;
  return await timings.measure('lexical', async () =>
    ports.store.searchLexical(collection.name, plan.terms, depth, allowed, context),
  );
}

/** What the request itself is to blame for is no outage of a side. */
async function settle<T>(work: Promise<T>): Promise<Side<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'COLLECTION_NOT_FOUND') throw error;
    return { error };
  }
}

function semanticFailure(cause: unknown): unknown {
  const isToldByItsCode = cause instanceof DomainError && cause.code === 'COLLECTION_OUTDATED';
  return isToldByItsCode ? cause : fail('SEARCH_SEMANTIC_UNAVAILABLE', undefined, {}, cause);
}

function lastOf(hits: readonly FusedHit[], depth: number): number {
  return hits.length < depth ? -Infinity : (hits.at(-1)?.score ?? -Infinity);
}
