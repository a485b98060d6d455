import type { ScoredKey } from './model';
import type { VectorQuery } from './vector-index';

/** Puts queries of one narrowing into one call of `searchGroup`, all calls at once; answers in the order of `queries`. */
export async function searchByNarrowing(
  queries: readonly VectorQuery[],
  searchGroup: (group: readonly VectorQuery[]) => Promise<readonly (readonly ScoredKey[])[]>,
): Promise<readonly (readonly ScoredKey[])[]> {
  const groups = new Map<VectorQuery['narrowing'], { readonly at: number; readonly query: VectorQuery }[]>();
  for (const [at, query] of queries.entries()) {
    const group = groups.get(query.narrowing);
    if (group === undefined) groups.set(query.narrowing, [{ at, query }]);
    else group.push({ at, query });
  }
  const answers = new Array<readonly ScoredKey[]>(queries.length);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const hits = await searchGroup(group.map(({ query }) => query));
      group.forEach(({ at }, nth) => {
        answers[at] = hits[nth] ?? [];
      });
    }),
  );
  return answers;
}
