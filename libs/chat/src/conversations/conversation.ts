/** What is kept of a conversation. */

export interface ConversationMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of an assistant's message: the documents it quotes. */
  readonly cited?: readonly string[];
}

export interface Conversation {
  readonly id: string;
  readonly collection: string;
  /** Beginning of the first question. */
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
  /** Oldest first. */
  readonly messages: readonly ConversationMessage[];
}

export type ConversationSummary = Omit<Conversation, 'messages'>;

export interface ConversationPage {
  /** Last used first. */
  readonly conversations: readonly ConversationSummary[];
  /** Pass it back for the next page; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** In place of an answer whose document was removed: what it said must not be shown any more. */
export const removedContent = '[…]';
