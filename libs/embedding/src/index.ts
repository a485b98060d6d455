export { Embedder } from './embedder';
export type { EmbedderCapabilities, EmbeddingProfile, TextKind } from './embedder';
export { createLocalEmbedder, LocalEmbedder } from './adapters/local/local-embedder';
export type { LocalEmbedderOptions } from './adapters/local/local-embedder';
export { createOpenAiEmbedder, OpenAiEmbedder } from './adapters/openai/openai-embedder';
export type { OpenAiEmbedderOptions } from './adapters/openai/openai-embedder';
