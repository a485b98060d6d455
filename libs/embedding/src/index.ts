export { Embedder } from './embedder';
export type { EmbedderCapabilities, TextKind } from './embedder';
