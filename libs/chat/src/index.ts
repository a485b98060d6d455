export { ExtractiveLanguageModel } from './adapters/extractive/extractive-language-model';
export type { OpenAiLanguageModelOptions } from './adapters/openai/openai-language-model';
export { OpenAiLanguageModel } from './adapters/openai/openai-language-model';
export type { Answer, AnswerEvent, Citation } from './answer';
export { Answerer } from './answerer';
export { ChatModule } from './chat.module';
export { PostgresConversationStore } from './adapters/postgres/postgres-conversation-store';
export { SqliteConversationStore } from './adapters/sqlite/sqlite-conversation-store';
export type { ConversationStore } from './conversations/conversation-store';
export { evidenceOf } from './grounding';
export { LanguageModel } from './language-model';
export { OpenAiFaceModule } from './openai-face/openai-face.module';
export type {
  ChatMessage,
  GenerateRequest,
  LanguageModelCapabilities,
  ModelEvent,
  Source,
  Usage,
} from './language-model';
export { Researcher } from './research/researcher';
export { researchTimeoutMs } from './research/research-options';
export { ResearchModule } from './research/research.module';
