export { CallContextOf } from './call-context-of';
export type { Degradation, SearchAnswer, SearchResult } from './search-answer.schema';
export { defaultSearchOptions } from './search-options';
export type { SearchOptions } from './search-options';
export { SearchModule } from './search.module';
export { searchRequestSchema } from './search.schema';
export type { SearchFilters, SearchMode, SearchRequest } from './search.schema';
export { SearchService } from './search.service';
export type { SearchOutcome } from './search.service';
