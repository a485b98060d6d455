import { Module, type DynamicModule } from '@nestjs/common';

import { KeptAnswers } from './kept-answers';
import { SearchCachePolicy } from './search-cache-policy';
import { SearchJobs } from './search-jobs';
import { defaultSearchOptions, searchOptionsToken, type SearchOptions } from './search-options';
import { SearchController } from './search.controller';
import { SearchService } from './search.service';

/**
 * The search routes. `Embedder`, `DocumentStore`, `VectorIndex` and `RunningJobs` are injected by their class tokens: a
 * global module of the composition provides them.
 */
@Module({})
export class SearchModule {
  static forRoot(options: Partial<SearchOptions> = {}): DynamicModule {
    return {
      module: SearchModule,
      controllers: [SearchController],
      providers: [
        { provide: searchOptionsToken, useValue: { ...defaultSearchOptions, ...options } },
        SearchService,
        SearchCachePolicy,
        KeptAnswers,
        SearchJobs,
      ],
      exports: [SearchService],
    };
  }
}
