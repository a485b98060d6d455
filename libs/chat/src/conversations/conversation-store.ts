import { fail } from '@acervo/problem';

import type { Conversation, ConversationMessage, ConversationPage } from './conversation';

export interface ConversationLimits {
  /** After the last message. */
  readonly ttlMs: number;
  /** Of one owner; the least recently used go. Default 1,000. */
  readonly maxConversations?: number;
  /** Of one conversation; the oldest go. Default 200. */
  readonly maxMessages?: number;
  readonly now?: () => number;
}

export const defaultMaxConversations = 1_000;
export const defaultMaxMessages = 200;
/** With each message; what is over is not found before either. */
export const expiredAtOnce = 100;
const titleCharacters = 80;

/**
 * Port: conversations and what they quote. Every call names the owner: nobody reaches the conversations of another one,
 * known id or not. Errors: CONVERSATIONS_UNAVAILABLE.
 */
export abstract class ConversationStore {
  abstract find(owner: string, id: string): Awaitable<Conversation | undefined>;
  /** Adds to a conversation, and begins it where there is none. */
  abstract append(
    owner: string,
    id: string,
    collection: string,
    messages: readonly ConversationMessage[],
  ): Awaitable<void>;
  /** @param cursor of the page before */
  abstract list(owner: string, limit: number, cursor?: string): Awaitable<ConversationPage>;
  /** True when it existed. */
  abstract delete(owner: string, id: string): Awaitable<boolean>;
  /** Documents that conversations quote: those of one collection. */
  abstract citedDocuments(collection: string): Awaitable<string[]>;
  /** Takes what quotes these documents out of every conversation: they were removed. */
  abstract forgetDocuments(collection: string, documents: readonly string[]): Awaitable<void>;
  abstract close(): Awaitable<void>;
}

/** What an adapter on a file has at once, and one on a server later. */
export type Awaitable<T> = T | Promise<T>;

/** Where a page goes on: milliseconds of the last use, and the id. Errors: REQUEST_INVALID. */
export function cursorOf(cursor: string | undefined): [number, string] | [] {
  if (cursor === undefined) return [];
  const [, usedMs, id] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(cursor) ?? [];
  if (usedMs === undefined || id === undefined)
    throw fail('REQUEST_INVALID', 'Pass the `cursor` of the page before, unchanged.');
  return [Number(usedMs), id];
}

export function titleOf(messages: readonly ConversationMessage[]): string {
  return (messages.find(({ role }) => role === 'user')?.content ?? '').slice(0, titleCharacters);
}
