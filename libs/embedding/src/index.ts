export { Embedder } from './embedder';
export type { EmbedderCapabilities, EmbeddingProfile, TextKind } from './embedder';
export { createLocalEmbedder } from './adapters/local/local-embedder';
export type { LocalEmbedderOptions } from './adapters/local/local-embedder';
export { createOpenAiEmbedder } from './adapters/openai/openai-embedder';
export type { OpenAiEmbedderOptions } from './adapters/openai/openai-embedder';
export { CachedEmbedder, createCachedEmbedder } from './cached-embedder';
export type { CachedEmbedderOptions } from './cached-embedder';
