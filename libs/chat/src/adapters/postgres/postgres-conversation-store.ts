import { callContext, DomainError } from '@acervo/kernel';
import {
  migrate,
  PostgresDatabase,
  type Migration,
  type PostgresOptions,
  type PostgresTransaction,
} from '@acervo/postgres';
import { fail } from '@acervo/problem';

import type { Conversation, ConversationMessage, ConversationPage } from '../../conversations/conversation';
import {
  ConversationStore,
  cursorOf,
  defaultMaxConversations,
  defaultMaxMessages,
  expiredAtOnce,
  messagesOf,
  titleOf,
  toConversation,
  toPage,
  withoutDocument,
  type ConversationLimits,
  type ConversationRow,
} from '../../conversations/conversation-store';

export interface PostgresConversationStoreOptions extends ConversationLimits {
  readonly database: PostgresOptions;
}

const migrations: readonly Migration[] = [
  {
    name: 'conversations',
    sql: `
      CREATE TABLE acervo.conversations (
        owner text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, collection text NOT NULL, title text NOT NULL,
        messages text NOT NULL, created_ms bigint NOT NULL, updated_ms bigint NOT NULL, expires_ms bigint NOT NULL,
        PRIMARY KEY (owner, id));
      CREATE INDEX conversations_by_use ON acervo.conversations (owner, updated_ms DESC, id);
      CREATE INDEX conversations_by_expiry ON acervo.conversations (expires_ms);
      CREATE TABLE acervo.citations (
        collection text COLLATE "C" NOT NULL, document text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL, PRIMARY KEY (collection, document, owner, id),
        FOREIGN KEY (owner, id) REFERENCES acervo.conversations (owner, id) ON DELETE CASCADE);
      CREATE INDEX citations_by_conversation ON acervo.citations (owner, id);
    `,
  },
];
const timeoutMs = 5_000;
const openTimeoutMs = 30_000;

/** Conversations in a database that any number of servers share: one goes on wherever its next question arrives. */
export class PostgresConversationStore extends ConversationStore {
  private readonly database: PostgresDatabase;
  private readonly maxConversations: number;
  private readonly maxMessages: number;
  private readonly now: () => number;

  private constructor(private readonly options: PostgresConversationStoreOptions) {
    super();
    this.database = new PostgresDatabase({ applicationName: 'acervo conversations', ...options.database });
    this.maxConversations = options.maxConversations ?? defaultMaxConversations;
    this.maxMessages = options.maxMessages ?? defaultMaxMessages;
    this.now = options.now ?? Date.now;
  }

  /** Connects and brings the tables up to date. */
  static async open(options: PostgresConversationStoreOptions): Promise<PostgresConversationStore> {
    const store = new PostgresConversationStore(options);
    try {
      await store.guarded(async () => migrate(store.database, 'conversations', migrations, callContext(openTimeoutMs)));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  override async find(owner: string, id: string): Promise<Conversation | undefined> {
    const [row] = await this.guarded(async () =>
      this.database.query<ConversationRow[]>(
        callContext(timeoutMs),
        (sql) => sql`SELECT * FROM acervo.conversations
          WHERE owner = ${owner} AND id = ${id} AND expires_ms > ${this.now()}`,
      ),
    );
    return row && toConversation(row);
  }

  override async append(
    owner: string,
    id: string,
    collection: string,
    messages: readonly ConversationMessage[],
  ): Promise<void> {
    const nowMs = this.now();
    await this.atomically(async (sql) => {
      // Two servers may begin the same conversation, where no row could be locked yet.
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`acervo conversation ${owner} ${id}`}, 0))`;
      await sql`DELETE FROM acervo.conversations WHERE (owner, id) IN (
        SELECT owner, id FROM acervo.conversations WHERE expires_ms <= ${nowMs}
        ORDER BY expires_ms LIMIT ${expiredAtOnce} FOR UPDATE SKIP LOCKED)`;
      const [before] = await sql<ConversationRow[]>`SELECT * FROM acervo.conversations
        WHERE owner = ${owner} AND id = ${id} AND expires_ms > ${nowMs}`;
      const earlier = before === undefined ? [] : messagesOf(before);
      const all = [...earlier, ...messages].slice(-this.maxMessages);
      await sql`INSERT INTO acervo.conversations VALUES (${owner}, ${id}, ${collection}, ${before?.title ?? titleOf(all)},
          ${JSON.stringify(all)}, ${nowMs}, ${nowMs}, ${nowMs + this.options.ttlMs})
        ON CONFLICT (owner, id) DO UPDATE SET messages = excluded.messages, updated_ms = excluded.updated_ms,
          expires_ms = excluded.expires_ms`;
      const cited = [...new Set(messages.flatMap((message) => message.cited ?? []))];
      await sql`INSERT INTO acervo.citations SELECT ${collection}, document, ${owner}, ${id}
        FROM unnest(${cited}::text[]) AS given (document) ON CONFLICT DO NOTHING`;
      if (before === undefined)
        await sql`DELETE FROM acervo.conversations WHERE owner = ${owner} AND id IN (
          SELECT id FROM acervo.conversations WHERE owner = ${owner}
          ORDER BY updated_ms DESC, id OFFSET ${this.maxConversations})`;
    });
  }

  override async list(owner: string, limit: number, cursor?: string): Promise<ConversationPage> {
    const [usedMs = Number.MAX_SAFE_INTEGER, afterId = ''] = cursorOf(cursor);
    const rows = await this.guarded(async () =>
      this.database.query<ConversationRow[]>(
        callContext(timeoutMs),
        (sql) => sql`SELECT * FROM acervo.conversations WHERE owner = ${owner} AND expires_ms > ${this.now()}
          AND (updated_ms < ${usedMs} OR (updated_ms = ${usedMs} AND id > ${afterId}))
          ORDER BY updated_ms DESC, id LIMIT ${limit + 1}`,
      ),
    );
    return toPage(rows, limit);
  }

  override async delete(owner: string, id: string): Promise<boolean> {
    const { count } = await this.guarded(async () =>
      this.database.query(
        callContext(timeoutMs),
        (sql) => sql`DELETE FROM acervo.conversations WHERE owner = ${owner} AND id = ${id}`,
      ),
    );
    return count > 0;
  }

  override async citedDocuments(collection: string): Promise<string[]> {
    const rows = await this.guarded(async () =>
      this.database.query<{ document: string }[]>(
        callContext(timeoutMs),
        (sql) => sql`SELECT DISTINCT document FROM acervo.citations WHERE collection = ${collection}`,
      ),
    );
    return rows.map(({ document }) => document);
  }

  override async forgetDocuments(collection: string, documents: readonly string[]): Promise<void> {
    for (const document of documents) await this.atomically(async (sql) => forget(sql, collection, document));
  }

  override async close(): Promise<void> {
    await this.database.close();
  }

  private async atomically(work: (sql: PostgresTransaction) => Promise<void>): Promise<void> {
    await this.guarded(async () => this.database.transaction(callContext(timeoutMs), work));
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError && error.code !== 'STORE_UNAVAILABLE') throw error;
      throw fail('CONVERSATIONS_UNAVAILABLE', 'Conversations in Postgres cannot be reached now: retry.', {}, error);
    }
  }
}

async function forget(sql: PostgresTransaction, collection: string, document: string): Promise<void> {
  const holders = await sql<(ConversationRow & { owner: string })[]>`
    SELECT held.* FROM acervo.conversations held JOIN acervo.citations USING (owner, id)
    WHERE citations.collection = ${collection} AND document = ${document} ORDER BY owner, id FOR UPDATE OF held`;
  for (const holder of holders) {
    const { owner, id } = holder;
    const left = JSON.stringify(withoutDocument(messagesOf(holder), document));
    await sql`UPDATE acervo.conversations SET messages = ${left} WHERE owner = ${owner} AND id = ${id}`;
  }
  await sql`DELETE FROM acervo.citations WHERE collection = ${collection} AND document = ${document}`;
}
