import { toChunkFilter } from './filter';
import { searchFiltersSchema } from './search.schema';

const chunkFilter = (filters: object): ReturnType<typeof toChunkFilter> =>
  toChunkFilter(searchFiltersSchema.parse(filters));

describe('toChunkFilter', () => {
  it('is nothing when nothing narrows', () => {
    expect(toChunkFilter(undefined)).toBeUndefined();
    expect(chunkFilter({})).toBeUndefined();
    expect(chunkFilter({ date_range: {}, metadata: {} })).toBeUndefined();
  });

  it('carries every part over', () => {
    expect(
      chunkFilter({
        doc_type: 'pdf',
        language: ['pt', 'en'],
        source: 'docs/',
        date_range: { start: '2025-01-01', end: '2026-12-31T23:59:59Z' },
        metadata: { area: 'deploy', version: { $gte: 2, $lt: 4 } },
      }),
    ).toEqual({
      docTypes: ['pdf'],
      languages: ['pt', 'en'],
      sourcePrefix: 'docs/',
      dateFrom: '2025-01-01',
      dateTo: '2026-12-31',
      metadata: [
        { field: 'area', operator: '$eq', value: 'deploy' },
        { field: 'version', operator: '$gte', value: 2 },
        { field: 'version', operator: '$lt', value: 4 },
      ],
    });
  });
});
