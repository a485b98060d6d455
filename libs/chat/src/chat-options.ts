import type { SupportPolicy } from './answerer';

export interface ChatOptions {
  readonly defaultCollection: string;
  readonly temperature: number;
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  readonly timeoutMs: number;
  readonly heartbeatMs: number;
  /** For how long a stream that ended, or lost its client, can be read again. */
  readonly streamKeepMs: number;
  /** Streams that run or can be read again. */
  readonly maxStreams: number;
  readonly supportPolicy: SupportPolicy;
}

export const defaultChatOptions: ChatOptions = {
  defaultCollection: 'documents_dev',
  temperature: 0.1,
  maxTokens: 1_500,
  timeoutMs: 30_000,
  heartbeatMs: 15_000,
  streamKeepMs: 60_000,
  maxStreams: 1_000,
  supportPolicy: 'mark',
};

export const chatOptionsToken = Symbol('ChatOptions');
