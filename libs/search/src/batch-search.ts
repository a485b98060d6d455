/** Many searches as one computation: equal ones once, one embedding batch, shared look-ups, order kept. */
import pLimit from 'p-limit';

import type { CallContext } from '@acervo/kernel';
import { invalidRequest, toProblem, type ProblemDocument } from '@acervo/problem';

import type { SearchAnswer } from './search-answer.schema';
import { searchRequestSchema, type SearchRequest } from './search.schema';
import type { SearchService } from './search.service';

export type BatchItem = SearchAnswer | ProblemDocument;

type Checked = { readonly request: SearchRequest; readonly key: string } | { readonly problem: ProblemDocument };

/**
 * One answer or problem for each item, in order. Cost: that of the distinct searches, `concurrency` at a time.
 * Rejects with nothing: a failure belongs to its item.
 */
export async function searchBatch(
  service: SearchService,
  items: readonly unknown[],
  concurrency: number,
  context: CallContext,
): Promise<BatchItem[]> {
  const checked = items.map(check);
  const distinct = new Map(checked.flatMap((item) => ('request' in item ? [[item.key, item.request] as const] : [])));
  const session = service.startSession([...distinct.values()], context);
  const limit = pLimit(concurrency);
  const answers = new Map(
    await Promise.all(
      [...distinct].map(async ([key, request]) => {
        const answer = await limit(async () =>
          service.searchIn(session, request).then(
            (outcome): BatchItem => outcome.answer,
            (error: unknown): BatchItem => toProblem(error),
          ),
        );
        return [key, answer] as const;
      }),
    ),
  );
  return checked.map((item) => {
    if ('problem' in item) return item.problem;
    return answers.get(item.key) ?? toProblem(new Error('A batch item has no answer.'));
  });
}

function check(item: unknown): Checked {
  const parsed = searchRequestSchema.safeParse(item);
  return parsed.success
    ? { request: parsed.data, key: JSON.stringify(parsed.data) }
    : { problem: toProblem(invalidRequest(parsed.error.issues)) };
}
