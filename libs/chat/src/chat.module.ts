import { Module, type DynamicModule } from '@nestjs/common';

import { AnswerMemory } from './answer-memory';
import { chatOptionsToken, defaultChatOptions, type ChatOptions } from './chat-options';
import { ChatController } from './chat.controller';
import { ChatService } from './chat.service';
import { ConversationsController } from './conversations.controller';
import { ConversationStore } from './conversations/conversation-store';
import { LanguageModel } from './language-model';

export interface ChatModuleOptions extends Partial<ChatOptions> {
  readonly model: LanguageModel;
  readonly conversations: ConversationStore;
}

/** Chat and conversations. `SearchService` and `ResponseCache` come from their modules, which must be there. */
@Module({})
export class ChatModule {
  static forRoot({ model, conversations, ...options }: ChatModuleOptions): DynamicModule {
    return {
      module: ChatModule,
      controllers: [ChatController, ConversationsController],
      providers: [
        { provide: chatOptionsToken, useValue: { ...defaultChatOptions, ...options } },
        { provide: LanguageModel, useValue: model },
        { provide: ConversationStore, useValue: conversations },
        AnswerMemory,
        ChatService,
      ],
      exports: [ChatService],
    };
  }
}
