import { parseSearchQuery } from './parse-search-query';
import { searchQuerySchema, searchRequestSchema } from './search.schema';

const refused = (json: string): boolean => !searchRequestSchema.safeParse(JSON.parse(json)).success;

describe('searchRequestSchema', () => {
  it('fills in what is left out', () => {
    expect(searchRequestSchema.parse({ query: '  Como?  ' })).toEqual({
      query: 'Como?',
      max_results: 5,
      offset: 0,
      min_score: 0,
      highlight: false,
      explain: false,
      group_by_document: false,
    });
  });

  it.each([
    '{}',
    '{"query":"   "}',
    '{"query":5}',
    '{"query":"a","max_results":0}',
    '{"query":"a","max_results":101}',
    '{"query":"a","max_results":"5"}',
    '{"query":"a","offset":1001}',
    '{"query":"a","mode":"fuzzy"}',
    '{"query":"a","min_score":1.5}',
    '{"query":"a","limit":3}',
    '{"query":"a","__proto__":{}}',
    '{"query":"a","filters":{"metadata":{"__proto__":"x"}}}',
    '{"query":"a","filters":{"metadata":{"a":{"$regex":"x"}}}}',
    '{"query":"a","filters":{"metadata":{"a":{}}}}',
    '{"query":"a","filters":{"metadata":{"a":{"$in":[]}}}}',
    '{"query":"a","filters":{"metadata":{"a b":1}}}',
    '{"query":"a","filters":{"date_range":{"start":"yesterday"}}}',
    '{"query":"a","filters":{"date_range":{"start":"2026-02-01","end":"2026-01-01"}}}',
    '{"query":"a","filters":{"language":"es"}}',
    '{"query":"a","collection":"../etc"}',
  ])('refuses %s', (json) => {
    expect(refused(json)).toBe(true);
  });

  it('takes 2,000 characters and no more', () => {
    expect(refused(JSON.stringify({ query: 'a'.repeat(2_000) }))).toBe(false);
    expect(refused(JSON.stringify({ query: 'a'.repeat(2_001) }))).toBe(true);
  });
});

describe('parseSearchQuery', () => {
  const parse = (parameters: object): unknown => parseSearchQuery(searchQuerySchema.parse(parameters));

  it('gives the request that a body would have given', () => {
    const parameters = {
      q: 'docker',
      max_results: '3',
      doc_type: ['pdf', 'html'],
      language: 'pt,en',
      date_from: '2025-01-01',
      explain: 'true',
    };
    expect(parse(parameters)).toEqual(
      searchRequestSchema.parse({
        query: 'docker',
        max_results: 3,
        explain: true,
        filters: { doc_type: ['pdf', 'html'], language: ['pt', 'en'], date_range: { start: '2025-01-01' } },
      }),
    );
  });

  it('names the parameter that is wrong', () => {
    expect(() => parse({ q: 'docker', date_from: 'soon' })).toThrow(/date_from/);
    expect(() => parse({ q: '' })).toThrow(/\/q/);
    expect(() => parse({ q: 'docker', max_results: '1000' })).toThrow(/max_results/);
    expect(searchQuerySchema.safeParse({ q: 'docker', limit: '3' }).success).toBe(false);
  });
});
