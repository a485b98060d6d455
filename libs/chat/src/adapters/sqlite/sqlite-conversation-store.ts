/**
 * Conversations in a SQLite file of their own, beside the store of documents: several processes of a machine may write
 * to it, and nothing of it is needed to search.
 *
 * A write is in the file when the call returns and survives the end of the process; with the power the last moments may
 * go (`synchronous = NORMAL`), which keeps the event loop from waiting for the disk.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { fail } from '@acervo/problem';
import { openDatabase, type Connection, type Statement } from '@acervo/sqlite';

import type { Conversation, ConversationMessage, ConversationPage } from '../../conversations/conversation';
import {
  ConversationStore,
  cursorOf,
  defaultMaxConversations,
  defaultMaxMessages,
  expiredAtOnce,
  titleOf,
  toConversation,
  toPage,
  withoutDocument,
  type ConversationLimits,
  type ConversationRow,
} from '../../conversations/conversation-store';

export interface SqliteConversationStoreOptions extends ConversationLimits {
  /** `:memory:` for tests. */
  readonly path: string;
}

/** "AcCo". */
const applicationId = 0x4163436f;
const layout = 1;
const busyTimeoutMs = 2_000;

const schema = `
CREATE TABLE conversations (
  owner TEXT NOT NULL, id TEXT NOT NULL, collection TEXT NOT NULL, title TEXT NOT NULL, messages TEXT NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE INDEX conversations_by_use ON conversations (owner, updated_ms DESC, id);
CREATE INDEX conversations_by_expiry ON conversations (expires_ms);
CREATE TABLE citations (
  collection TEXT NOT NULL, document TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (collection, document, owner, id),
  FOREIGN KEY (owner, id) REFERENCES conversations (owner, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX citations_by_conversation ON citations (owner, id);
`;

export class SqliteConversationStore extends ConversationStore {
  private readonly database: Connection;
  private readonly statements: Statements;
  private readonly maxConversations: number;
  private readonly maxMessages: number;
  private readonly now: () => number;

  /** Errors: CONVERSATIONS_UNAVAILABLE when the file is not ours or cannot be opened. */
  constructor(private readonly options: SqliteConversationStoreOptions) {
    super();
    this.maxConversations = options.maxConversations ?? defaultMaxConversations;
    this.maxMessages = options.maxMessages ?? defaultMaxMessages;
    this.now = options.now ?? Date.now;
    this.database = open(options.path);
    this.statements = prepare(this.database);
  }

  override find(owner: string, id: string): Conversation | undefined {
    const row = this.row(owner, id);
    return row && toConversation(row);
  }

  override append(owner: string, id: string, collection: string, messages: readonly ConversationMessage[]): void {
    const nowMs = this.now();
    this.atomically(() => {
      this.sweep(nowMs);
      const before = this.find(owner, id);
      const all = [...(before?.messages ?? []), ...messages].slice(-this.maxMessages);
      const title = before?.title ?? titleOf(all);
      this.statements.put.run(
        owner,
        id,
        collection,
        title,
        JSON.stringify(all),
        nowMs,
        nowMs,
        nowMs + this.options.ttlMs,
      );
      for (const document of new Set(messages.flatMap(({ cited }) => cited ?? [])))
        this.statements.cite.run(collection, document, owner, id);
      if (before === undefined) this.evict(owner);
    });
  }

  override list(owner: string, limit: number, cursor?: string): ConversationPage {
    const [usedMs = Number.MAX_SAFE_INTEGER, afterId = ''] = cursorOf(cursor);
    const rows = this.database
      .prepare<[string, number, number, number, string, number], ConversationRow>(
        `SELECT * FROM conversations WHERE owner = ? AND expires_ms > ?
         AND (updated_ms < ? OR (updated_ms = ? AND id > ?)) ORDER BY updated_ms DESC, id LIMIT ?`,
      )
      .all(owner, this.now(), usedMs, usedMs, afterId, limit + 1);
    return toPage(rows, limit);
  }

  override delete(owner: string, id: string): boolean {
    const { changes } = this.database.prepare('DELETE FROM conversations WHERE owner = ? AND id = ?').run(owner, id);
    return changes > 0;
  }

  override citedDocuments(collection: string): string[] {
    return this.database
      .prepare<[string], string>('SELECT DISTINCT document FROM citations WHERE collection = ?')
      .pluck()
      .all(collection);
  }

  override forgetDocuments(collection: string, documents: readonly string[]): void {
    for (const document of documents)
      this.atomically(() => {
        this.forget(collection, document);
      });
    // Bytes of what went must not wait in the log.
    if (documents.length > 0) this.database.pragma('wal_checkpoint(TRUNCATE)');
  }

  override close(): void {
    this.database.close();
  }

  private forget(collection: string, document: string): void {
    const holders = this.database
      .prepare<[string, string], { owner: string; id: string }>(
        'SELECT owner, id FROM citations WHERE collection = ? AND document = ?',
      )
      .all(collection, document);
    const rewrite = this.database.prepare('UPDATE conversations SET messages = ? WHERE owner = ? AND id = ?');
    for (const { owner, id } of holders) {
      const left = withoutDocument(this.find(owner, id)?.messages ?? [], document);
      rewrite.run(JSON.stringify(left), owner, id);
    }
    this.database.prepare('DELETE FROM citations WHERE collection = ? AND document = ?').run(collection, document);
  }

  private row(owner: string, id: string): ConversationRow | undefined {
    return this.statements.find.get(owner, id, this.now()) as ConversationRow | undefined;
  }

  private sweep(nowMs: number): void {
    this.statements.sweep.run(nowMs);
  }

  private evict(owner: string): void {
    this.statements.evict.run(owner, owner, this.maxConversations);
  }

  private atomically<T>(work: () => T): T {
    return this.database.transaction(work).immediate();
  }
}

/** Those of every message. */
type Statements = ReturnType<typeof prepare>;

function prepare(database: Connection): Readonly<Record<'find' | 'put' | 'cite' | 'sweep' | 'evict', Statement>> {
  return {
    find: database.prepare('SELECT * FROM conversations WHERE owner = ? AND id = ? AND expires_ms > ?'),
    put: database.prepare(
      `INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, id) DO UPDATE SET
       messages = excluded.messages, updated_ms = excluded.updated_ms, expires_ms = excluded.expires_ms`,
    ),
    cite: database.prepare('INSERT OR IGNORE INTO citations VALUES (?, ?, ?, ?)'),
    sweep: database.prepare(
      `DELETE FROM conversations WHERE (owner, id) IN
       (SELECT owner, id FROM conversations WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ${expiredAtOnce})`,
    ),
    evict: database.prepare(
      `DELETE FROM conversations WHERE owner = ? AND id IN
       (SELECT id FROM conversations WHERE owner = ? ORDER BY updated_ms DESC, id LIMIT -1 OFFSET ?)`,
    ),
  };
}

function open(path: string): Connection {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const database = openDatabase(path, { timeout: busyTimeoutMs });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma('secure_delete = ON');
    database
      .transaction(() => {
        const version = database.pragma('user_version', { simple: true });
        const identity = database.pragma('application_id', { simple: true });
        if (version === layout && identity === applicationId) return;
        if (version !== 0 || identity !== 0) throw new Error('it belongs to another program or a newer version');
        database.exec(schema);
        database.pragma(`application_id = ${applicationId}`);
        database.pragma(`user_version = ${layout}`);
      })
      .immediate();
    return database;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail('CONVERSATIONS_UNAVAILABLE', `The file of conversations "${path}" cannot be opened: ${why}.`, {}, error);
  }
}
