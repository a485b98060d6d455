import type { ComputedSearch } from '@acervo/search';

import { maxLinesPerMinute, SlowSearchLog } from './slow-search-log';

const search: ComputedSearch = {
  query: 'segredo do contrato',
  mode: 'hybrid',
  workClass: 'search',
  timings: {
    startedMs: 100,
    spans: [],
    entries: () => [
      ['queue', 700.04],
      ['vector', 800],
    ],
  } as never,
  endedMs: 1_700,
  collection: 'documents_dev',
  generation: 3,
  plan: {
    language: 'pt',
    terms: [{}, {}],
    wanted: 10,
    filter: { docTypes: ['contract'], sources: undefined },
  } as never,
  allowed: 12,
  candidates: 12,
  attempts: 1,
  degraded: [],
  error: undefined,
};

function logOf(withQueries: boolean, now: () => number = () => 0) {
  const lines: Record<string, unknown>[] = [];
  const logger = { warn: (line: Record<string, unknown>) => lines.push(line) } as never;
  return { lines, log: new SlowSearchLog({ logger, slowMs: 1_000, withQueries, now }) };
}

describe('The log of slow searches', () => {
  it('tells the plan, the stages and the fields that were filtered, and neither the question nor values', () => {
    const { lines, log } = logOf(false);
    log.take(search);
    expect(lines).toEqual([
      {
        ...{ ms: 1_600, collection: 'documents_dev', generation: 3, mode: 'hybrid', class: 'search' },
        ...{ cache: 'computed', language: 'pt', terms: 2, wanted: 10, filters: ['docTypes'], allowed: 12 },
        ...{ candidates: 12, attempts: 1, stages: { queue: 700, vector: 800 } },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('contract');
  });

  it('tells the question when it is asked to', () => {
    const { lines, log } = logOf(true);
    log.take(search);
    expect(lines[0]).toMatchObject({ query: 'segredo do contrato' });
  });

  it('says nothing of searches that were fast enough', () => {
    const { lines, log } = logOf(false);
    log.take({ ...search, endedMs: 1_100 });
    expect(lines).toEqual([]);
  });

  it('writes so many lines a minute at most, and says how many it left out', () => {
    let nowMs = 0;
    const { lines, log } = logOf(false, () => nowMs);
    for (let nth = 0; nth < maxLinesPerMinute + 7; nth += 1) log.take(search);
    expect(lines).toHaveLength(maxLinesPerMinute);
    nowMs = 60_000;
    log.take(search);
    expect(lines[maxLinesPerMinute]).toMatchObject({ untold: 7 });
  });
});
