export { isChromaServerSupported, startChromaServer } from './chroma-server';
export type { ChromaServer } from './chroma-server';
export { startOpenAiServer } from './openai-server';
export type { EmbeddingAnswer, OpenAiServer, OpenAiServerScript } from './openai-server';
export type { RecordedRequest, Route, ScriptedReply, ScriptedServer } from './scripted-server';
export { wordVector } from './word-vector';
