import { seededRandom } from '@acervo/kernel';

import { zipfDraw } from './arrivals';
import type { RouteName, WireRequest, Work } from './load-order';

const batchSize = 10;
const paths: Record<RouteName, string> = {
  search: '/search',
  batch: '/batch-search',
  chat: '/chat',
  research: '/research',
  health: '/health',
};

/** The requests of a piece of work, one at a time; the same ones for the same seed. */
export function requestsOf(work: Work, seed: number): () => WireRequest {
  switch (work.kind) {
    case 'mix':
      return mixed(work, seed);
    case 'fixed':
      return fixed(work);
    case 'list':
      return listed(work.requests);
    default:
      return work satisfies never;
  }
}

function mixed(work: Extract<Work, { kind: 'mix' }>, seed: number): () => WireRequest {
  const random = seededRandom(seed ^ 0x5eed);
  const nextQuery = zipfDraw(work.queries.length, work.zipf, random);
  const shares = Object.entries(work.routes) as [RouteName, number][];
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  let number = work.firstNumber;
  const query = (): string => {
    const text = work.queries[nextQuery()] ?? '';
    return work.isFresh ? `${text} ${(number += 1)}` : text;
  };
  return () => {
    let target = random() * total;
    const [route] = shares.find(([, share]) => (target -= share) < 0) ?? shares[0] ?? ['search'];
    if (route === 'health') return { route, method: 'GET', path: paths.health, headers: {} };
    return postOf(route, bodyOf(route, query, work.maxResults));
  };
}

function bodyOf(route: Exclude<RouteName, 'health'>, query: () => string, max_results: number): object {
  switch (route) {
    case 'search':
      return { query: query(), max_results };
    case 'batch':
      return { requests: Array.from({ length: batchSize }, () => ({ query: query(), max_results })) };
    case 'chat':
      return { message: query() };
    case 'research':
      return { question: query() };
    default:
      return route satisfies never;
  }
}

function postOf(route: RouteName, body: object): WireRequest {
  return {
    route,
    method: 'POST',
    path: paths[route],
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function fixed({ request, firstNumber }: Extract<Work, { kind: 'fixed' }>): () => WireRequest {
  const { body } = request;
  if (body?.includes('#######') !== true) return () => request;
  let number = firstNumber;
  return () => ({ ...request, body: body.replaceAll('#######', String(number++).padStart(7, '0')) });
}

function listed(requests: readonly WireRequest[]): () => WireRequest {
  const last = requests.at(-1);
  if (last === undefined) throw new Error('A list of requests must not be empty.');
  let nth = 0;
  return () => requests[nth++] ?? last;
}
