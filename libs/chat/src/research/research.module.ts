import { Module, type DynamicModule } from '@nestjs/common';

import { LanguageModel } from '../language-model';
import { ResearchJobs } from './research-jobs';
import { ResearchMemory } from './research-memory';
import { defaultResearchOptions, researchOptionsToken, type ResearchOptions } from './research-options';
import { ResearchController } from './research.controller';
import { Quoter, ResearchService } from './research.service';

export interface ResearchModuleOptions extends Partial<ResearchOptions> {
  /** The module that exports `SearchService`. */
  readonly search: DynamicModule;
  readonly model: LanguageModel;
  /** Answers with sentences of the sources, at no cost: for when `model` fails or its budget is over. */
  readonly quoter: LanguageModel;
}

/** Research. `ResponseCache`, `DocumentStore` and `RunningJobs` come from global modules of the composition. */
@Module({})
export class ResearchModule {
  static forRoot({ search, model, quoter, ...options }: ResearchModuleOptions): DynamicModule {
    return {
      module: ResearchModule,
      imports: [search],
      controllers: [ResearchController],
      providers: [
        { provide: researchOptionsToken, useValue: { ...defaultResearchOptions, ...options } },
        { provide: LanguageModel, useValue: model },
        { provide: Quoter, useValue: quoter },
        ResearchMemory,
        ResearchService,
        ResearchJobs,
      ],
      exports: [ResearchService, researchOptionsToken],
    };
  }
}
