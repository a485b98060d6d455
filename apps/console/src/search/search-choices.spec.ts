import { countFilters, hasMore, parseChoices, toQuery, toRequest, withoutFilters } from './search-choices';

const full = parseChoices(
  new URLSearchParams('q=docker&mode=lexical&type=pdf,html&language=pt&source=docs/&from=2025-01-01&group=1'),
);

describe('choices of a search', () => {
  it('go to the address and back', () => {
    expect(parseChoices(new URLSearchParams(toQuery(full)))).toEqual(full);
  });

  it('become a request that the server takes: nothing that is empty', () => {
    expect(toRequest(full, 20)).toMatchObject({
      query: 'docker',
      mode: 'lexical',
      offset: 20,
      group_by_document: true,
      filters: { doc_type: ['pdf', 'html'], language: ['pt'], source: 'docs/', date_range: { start: '2025-01-01' } },
    });
    expect(toRequest(withoutFilters(full), 0)).not.toHaveProperty('filters');
    expect(toRequest(full, 0)).not.toHaveProperty('collection');
  });

  it('leave out what somebody invented in the address', () => {
    const made = parseChoices(new URLSearchParams('q=x&mode=magic&type=exe,pdf&language=xx&from=yesterday'));
    expect(made).toMatchObject({ mode: 'hybrid', docTypes: ['pdf'], language: '', from: '' });
  });

  it('count the filters that narrow', () => {
    expect([countFilters(full), countFilters(withoutFilters(full))]).toEqual([5, 0]);
  });

  it('ask for more only after a full page, and not beyond the bound of the server', () => {
    expect([0, 7, 10, 20, 1_000, 1_010].map(hasMore)).toEqual([false, false, true, true, true, false]);
  });
});
