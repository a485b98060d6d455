import { Module, type DynamicModule } from '@nestjs/common';

import { ChatCompletionsController } from './chat-completions.controller';
import { CompletionSource } from './completion-source';
import { EmbeddingsController } from './embeddings.controller';
import { ModelsController } from './models.controller';

export interface OpenAiFaceOptions {
  /** What `ChatModule.forRoot` gave. */
  readonly chat: DynamicModule;
  /** What `ResearchModule.forRoot` gave. */
  readonly research: DynamicModule;
}

/** `/v1`: chat and embeddings for clients of OpenAI. `Embedder` and `Admission` come from a global module. */
@Module({})
export class OpenAiFaceModule {
  static forRoot({ chat, research }: OpenAiFaceOptions): DynamicModule {
    return {
      module: OpenAiFaceModule,
      imports: [chat, research],
      controllers: [ModelsController, ChatCompletionsController, EmbeddingsController],
      providers: [CompletionSource],
    };
  }
}
