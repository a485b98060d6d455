export { LanguageModel } from './language-model';
export type {
  ChatMessage,
  GenerateRequest,
  LanguageModelCapabilities,
  ModelEvent,
  Source,
  Usage,
} from './language-model';
