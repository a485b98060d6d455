import fc from 'fast-check';

import { WordEmbedder } from './search.fixture';
import { SearchCachePolicy } from './search-cache-policy';
import { defaultSearchOptions } from './search-options';

const policy = new SearchCachePolicy(new WordEmbedder(), defaultSearchOptions);
const posted = (body: unknown): unknown => policy.subject({ method: 'POST', headers: {}, query: {}, body });

describe('SearchCachePolicy', () => {
  it('never throws, whatever the body or query is', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.constantFrom('GET', 'POST', 'HEAD'), (value, method) => {
        policy.subject({ method, headers: {}, query: value, body: value });
      }),
    );
  });

  it('knows equal searches however they are written', () => {
    const one = posted({
      query: ' cafe\u0301 ',
      filters: { language: ['pt', 'en', 'pt'], doc_type: 'pdf', metadata: { b: 1, a: { $gte: 2, $lt: 3 } } },
    });
    expect(one).toBeDefined();
    expect(
      posted({
        collection: 'documents_dev',
        mode: 'hybrid',
        offset: 0,
        filters: { metadata: { a: { $lt: 3, $gte: 2 }, b: 1 }, doc_type: ['pdf'], language: ['en', 'pt'] },
        query: 'café',
      }),
    ).toEqual(one);
    const byQuery = policy.subject({
      method: 'GET',
      headers: {},
      query: { q: 'x', language: 'pt,en' },
      body: undefined,
    });
    expect(byQuery).toEqual(posted({ query: 'x', filters: { language: ['en', 'pt'] } }));
  });

  it.each([
    { query: 'other' },
    { max_results: 6 },
    { offset: 1 },
    { mode: 'lexical' },
    { min_score: 0.1 },
    { highlight: true },
    { explain: true },
    { group_by_document: true },
    { collection: 'other' },
    { filters: {} },
    { filters: { source: 'docs/' } },
    { filters: { metadata: { version: '2' } } },
    { filters: { metadata: { version: 2 } } },
    { filters: { metadata: { version: { $in: [2] } } } },
  ])('tells %j from a plain search', (change) => {
    const subject = posted({ query: 'x', ...change });
    expect(subject).toBeDefined();
    expect(subject).not.toEqual(posted({ query: 'x' }));
  });

  it('passes by what is not to be answered with the answer itself', () => {
    const headers = { prefer: 'wait=5, respond-async' };
    expect(policy.subject({ method: 'POST', headers, query: {}, body: { query: 'x' } })).toBeUndefined();
  });
});
