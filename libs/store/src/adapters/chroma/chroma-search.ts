import type { CallContext } from '@acervo/kernel';

import type { ScoredKey } from '../../model';
import type { VectorQuery } from '../../vector-index';

import type { ChromaConnection } from './chroma-connection';
import { toKey } from './chroma-records';
import { toWhere } from './chroma-where';

/**
 * Keys that go into one request. Measured on Chroma 1.0 with 30,000 vectors: 20,000 keys cost 21 ms, while a condition
 * on metadata costs 140 ms, so keys go first and conditions only where there are more of them than this.
 */
const MAX_KEYS_PER_REQUEST = 20_000;
/** Chroma's answer with a condition is checked against the keys: ask for some more than wanted. */
const SURPLUS = 1.5;

/** The best of `queries` that share one narrowing, in as few requests as Chroma allows. */
export async function searchChroma(
  connection: ChromaConnection,
  id: string,
  queries: readonly VectorQuery[],
  context: CallContext,
): Promise<ScoredKey[][]> {
  const narrowing = queries[0]?.narrowing;
  const limit = queries.reduce((most, query) => Math.max(most, query.limit), 0);
  const ask = async (more: Partial<Parameters<typeof queryOnce>[3]>): Promise<ScoredKey[][]> =>
    await queryOnce(connection, id, queries, { limit, where: undefined, keys: undefined, ...more }, context);

  if (limit === 0 || narrowing?.keys.length === 0) return queries.map(() => []);
  if (narrowing === undefined) return cut(await ask({}), queries);
  const { keys, filter } = narrowing;
  if (keys.length <= MAX_KEYS_PER_REQUEST) return cut(await ask({ keys }), queries);

  const admitted = new Set(keys);
  const where = toWhere(filter);
  const loose = await ask({ where, limit: Math.ceil(limit * SURPLUS) + 32 });
  const found = loose.map((hits) => hits.filter(({ key }) => admitted.has(key)));
  if (found.every((hits, nth) => hits.length >= (queries[nth]?.limit ?? 0))) return cut(found, queries);

  const parts: ScoredKey[][][] = [];
  for (let from = 0; from < keys.length; from += MAX_KEYS_PER_REQUEST)
    parts.push(await ask({ keys: keys.subarray(from, from + MAX_KEYS_PER_REQUEST) }));
  return cut(
    queries.map((_, nth) => parts.flatMap((part) => part[nth] ?? []).sort(byScore)),
    queries,
  );
}

async function queryOnce(
  connection: ChromaConnection,
  id: string,
  queries: readonly VectorQuery[],
  how: { readonly limit: number; readonly where: ReturnType<typeof toWhere>; readonly keys: Uint32Array | undefined },
  context: CallContext,
): Promise<ScoredKey[][]> {
  const { ids, distances } = await connection.records(id, context, async (records) =>
    records.query({
      queryEmbeddings: queries.map(({ vector }) => [...vector]),
      nResults: how.limit,
      include: ['distances'],
      ...(how.where === undefined ? {} : { where: how.where }),
      ...(how.keys === undefined ? {} : { ids: Array.from(how.keys, String) }),
    }),
  );
  return ids.map((row, nth) =>
    row.map((key, rank): ScoredKey => ({ key: toKey(key), score: 1 - (distances[nth]?.[rank] ?? NaN) })).sort(byScore),
  );
}

function byScore(a: ScoredKey, b: ScoredKey): number {
  return b.score - a.score || a.key - b.key;
}

function cut(hits: readonly ScoredKey[][], queries: readonly VectorQuery[]): ScoredKey[][] {
  return queries.map(({ limit }, nth) => hits[nth]?.slice(0, limit) ?? []);
}
