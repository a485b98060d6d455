export { ExtractiveLanguageModel } from './adapters/extractive/extractive-language-model';
export type { Answer, AnswerEvent, Citation } from './answer';
export { Answerer } from './answerer';
export { evidenceOf } from './grounding';
export { LanguageModel } from './language-model';
export type {
  ChatMessage,
  GenerateRequest,
  LanguageModelCapabilities,
  ModelEvent,
  Source,
  Usage,
} from './language-model';
