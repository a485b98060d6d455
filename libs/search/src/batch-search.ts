/** Many searches as one computation: equal ones once, one embedding batch, shared look-ups, order kept. */
import pLimit from 'p-limit';

import type { AnswerLookUp } from '@acervo/cache';
import { DomainError, type CallContext } from '@acervo/kernel';
import { invalidRequest, toProblem, type ProblemDocument } from '@acervo/problem';

import type { SearchAnswer } from './search-answer.schema';
import { searchRequestSchema, type SearchRequest } from './search.schema';
import type { SearchService } from './search.service';

export type BatchItem = SearchAnswer | ProblemDocument;
export type FindKept = (requests: readonly SearchRequest[]) => Promise<AnswerLookUp<SearchAnswer>>;

type Checked = { readonly request: SearchRequest; readonly key: string } | { readonly problem: ProblemDocument };

/**
 * One answer or problem for each item, in order. Cost: one look-up of what is kept, and the distinct searches that are
 * not, `concurrency` at a time. Rejects when the look-up outlives `context`, and with SERVER_OVERLOADED when no search
 * was admitted; any other failure belongs to its item.
 *
 * @param reach puts the store's names of collections into a request; what it throws belongs to the item
 */
export async function searchBatch(
  service: SearchService,
  items: readonly unknown[],
  concurrency: number,
  context: CallContext,
  find: FindKept = findNothing,
  reach: (request: SearchRequest) => SearchRequest = (request) => request,
): Promise<BatchItem[]> {
  const checked = items.map((item) => check(item, reach));
  const distinct = new Map(checked.flatMap((item) => ('request' in item ? [[item.key, item.request] as const] : [])));
  const requests = [...distinct.values()];
  const kept = await find(requests);
  const session = service.startSession(
    requests.filter((_, nth) => kept.answers[nth] === undefined),
    context,
  );
  const limit = pLimit(concurrency);
  const refusals: DomainError[] = [];
  const search = async (request: SearchRequest, nth: number): Promise<BatchItem> => {
    try {
      const { answer } = await service.searchIn(session, request);
      kept.keep(nth, answer);
      return answer;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'SERVER_OVERLOADED') refusals.push(error);
      return toProblem(error);
    }
  };
  const answers = new Map(
    await Promise.all(
      [...distinct].map(async ([key, request], nth) => {
        return [key, kept.answers[nth] ?? (await limit(async () => search(request, nth)))] as const;
      }),
    ),
  );
  if (refusals[0] !== undefined && refusals.length === distinct.size) throw refusals[0];
  return checked.map((item) => {
    if ('problem' in item) return item.problem;
    return answers.get(item.key) ?? toProblem(new Error('A batch item has no answer.'));
  });
}

async function findNothing(): Promise<AnswerLookUp<SearchAnswer>> {
  return Promise.resolve({ answers: [], keep: () => undefined });
}

function check(item: unknown, reach: (request: SearchRequest) => SearchRequest): Checked {
  const parsed = searchRequestSchema.safeParse(item);
  if (!parsed.success) return { problem: toProblem(invalidRequest(parsed.error.issues)) };
  try {
    const request = reach(parsed.data);
    return { request, key: JSON.stringify(request) };
  } catch (error) {
    return { problem: toProblem(error) };
  }
}
