import type { Awaitable } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import {
  removedContent,
  type Conversation,
  type ConversationMessage,
  type ConversationPage,
  type ConversationSummary,
} from './conversation';

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

/** A conversation as SQLite and Postgres hold it; Postgres gives its 64-bit numbers as text. */
export interface ConversationRow {
  readonly id: string;
  readonly collection: string;
  readonly title: string;
  readonly messages: string;
  readonly created_ms: number | string;
  readonly updated_ms: number | string;
  readonly expires_ms: number | string;
}

export function toConversation(row: ConversationRow): Conversation {
  return { ...toSummary(row), messages: messagesOf(row) };
}

export function messagesOf({ messages }: Pick<ConversationRow, 'messages'>): ConversationMessage[] {
  return JSON.parse(messages) as ConversationMessage[];
}

/** @param rows one more than the page shows, when there is one */
export function toPage(rows: readonly ConversationRow[], limit: number): ConversationPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? `${last.updated_ms}.${last.id}` : undefined;
  return { conversations: shown.map(toSummary), cursor: next };
}

/** What quotes the document says that it was removed. */
export function withoutDocument(messages: readonly ConversationMessage[], document: string): ConversationMessage[] {
  return messages.map((message) =>
    message.cited?.includes(document) === true ? { ...message, content: removedContent, cited: [] } : message,
  );
}

function toSummary({
  id,
  collection,
  title,
  created_ms,
  updated_ms,
  expires_ms,
}: ConversationRow): ConversationSummary {
  const iso = (ms: number | string): string => new Date(Number(ms)).toISOString();
  return { id, collection, title, createdAt: iso(created_ms), updatedAt: iso(updated_ms), expiresAt: iso(expires_ms) };
}
