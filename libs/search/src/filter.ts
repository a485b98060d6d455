import type { ChunkFilter, Comparison, MetadataCondition } from '@acervo/store';

import type { MetadataFilter } from './metadata-filter.schema';
import type { SearchFilters } from './search.schema';

/** The store's form of a request's filters; undefined when they narrow nothing. */
export function toChunkFilter(filters: SearchFilters | undefined): ChunkFilter | undefined {
  if (filters === undefined) return undefined;
  const { doc_type, language, source, date_range, metadata } = filters;
  const conditions = metadata === undefined ? [] : toConditions(metadata);
  const filter: ChunkFilter = {
    ...(doc_type === undefined ? {} : { docTypes: [doc_type].flat() }),
    ...(language === undefined ? {} : { languages: [language].flat() }),
    ...(source === undefined ? {} : { sourcePrefix: source }),
    ...(date_range?.start === undefined ? {} : { dateFrom: date_range.start }),
    ...(date_range?.end === undefined ? {} : { dateTo: date_range.end }),
    ...(conditions.length === 0 ? {} : { metadata: conditions }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

function toConditions(metadata: MetadataFilter): MetadataCondition[] {
  return Object.entries(metadata).flatMap(([field, wanted]) =>
    typeof wanted === 'object'
      ? Object.entries(wanted).flatMap(([operator, value]) =>
          value === undefined ? [] : [{ field, operator: operator as Comparison, value }],
        )
      : [{ field, operator: '$eq' as const, value: wanted }],
  );
}
