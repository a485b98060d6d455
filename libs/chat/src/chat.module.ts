import { Module, type DynamicModule } from '@nestjs/common';

import { AnswerMemory } from './answer-memory';
import { chatOptionsToken, defaultChatOptions, type ChatOptions } from './chat-options';
import { ChatController } from './chat.controller';
import { ChatService } from './chat.service';
import { ConversationsController } from './conversations.controller';
import { ConversationStore } from './conversations/conversation-store';
import { LanguageModel } from './language-model';

export interface ChatModuleOptions extends Partial<ChatOptions> {
  /** The module that exports `SearchService`. */
  readonly search: DynamicModule;
  readonly model: LanguageModel;
  readonly conversations: ConversationStore;
}

/** Chat and conversations. `ResponseCache` comes from a global module of the composition. */
@Module({})
export class ChatModule {
  static forRoot({ search, model, conversations, ...options }: ChatModuleOptions): DynamicModule {
    return {
      module: ChatModule,
      imports: [search],
      controllers: [ChatController, ConversationsController],
      providers: [
        { provide: chatOptionsToken, useValue: { ...defaultChatOptions, ...options } },
        { provide: LanguageModel, useValue: model },
        { provide: ConversationStore, useValue: conversations },
        AnswerMemory,
        ChatService,
      ],
      exports: [ChatService, chatOptionsToken],
    };
  }
}
