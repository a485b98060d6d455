/**
 * One pool of connections to Postgres. Statements wait for a connection in a bounded line, end with their caller's
 * context (the server is told to stop) and with a time limit of the server's own; a transaction gives way at its next
 * statement.
 */
import pLimit from 'p-limit';
import postgres, { type PendingQuery, type Row, type RowList, type Sql, type TransactionSql } from 'postgres';

import { remainingMs, throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { parseConnectionString } from './connection-string';
import { HostSockets } from './host-sockets';
import { isLost, isUnconnected, translatePostgresError } from './postgres-error';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/name`, also with several hosts; of these the one that takes writes is used. */
  readonly url: string;
  /** Default 10. */
  readonly maxConnections?: number | undefined;
  /** Statements that may wait for a connection. Default 1,000. */
  readonly maxWaiting?: number | undefined;
  /** As the server's operator sees it. Default `acervo`. */
  readonly applicationName?: string | undefined;
  /** Of one host. Default 3,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Of one statement, by the server. Default 20,000. */
  readonly statementTimeoutMs?: number | undefined;
  /** Parameters of each session, such as `hnsw.ef_search`. */
  readonly session?: Readonly<Record<string, string>> | undefined;
  /** False behind a pooler that gives each transaction another connection. Default true. */
  readonly isPrepared?: boolean | undefined;
}

export type PostgresTransaction = TransactionSql;
export type PostgresRows<T extends readonly object[]> = RowList<T & readonly Row[]>;

/** Beyond the longest statement. */
const silenceMarginMs = 5_000;
const closeTimeoutSeconds = 5;

export class PostgresDatabase {
  private readonly sql: Sql;
  private readonly slots;
  private readonly maxWaiting: number;
  private readonly sockets: HostSockets;
  private readonly attempts: number;
  private readonly statementTimeoutMs: number;
  private isClosed = false;

  /** Connects with the first statement. Errors: STORE_UNAVAILABLE when the address is none. */
  constructor(options: PostgresOptions) {
    const { hosts, urlOfFirst, sessionAttributes } = parseConnectionString(options.url);
    const max = options.maxConnections ?? 10;
    this.attempts = hosts.length > 1 ? hosts.length * 2 : 1;
    this.slots = pLimit(max);
    this.maxWaiting = options.maxWaiting ?? 1_000;
    this.statementTimeoutMs = options.statementTimeoutMs ?? 20_000;
    this.sockets = new HostSockets(hosts, this.statementTimeoutMs + silenceMarginMs);
    const settings = {
      max,
      connect_timeout: (options.connectTimeoutMs ?? 3_000) / 1_000,
      idle_timeout: 60,
      prepare: options.isPrepared ?? true,
      backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
      ...(sessionAttributes !== undefined && { target_session_attrs: sessionAttributes }),
      onnotice: () => undefined,
      socket: async () => this.sockets.open(),
      connection: {
        ...options.session,
        application_name: options.applicationName ?? 'acervo',
        statement_timeout: this.statementTimeoutMs,
        idle_in_transaction_session_timeout: 30_000,
      },
    };
    this.sql = postgres(urlOfFirst, settings as postgres.Options<Record<string, never>>) as Sql;
  }

  /**
   * One statement on a connection of its own; `ask` may be called again when no host could be reached.
   * Errors: STORE_UNAVAILABLE, STORE_DISK_FULL, SERVER_OVERLOADED, those of the context; those of Postgres as they are
   * where the statement is to blame.
   */
  async query<T extends readonly object[]>(
    context: CallContext,
    ask: (sql: Sql) => PendingQuery<T & readonly Row[]>,
  ): Promise<PostgresRows<T>> {
    return await this.withConnection(context, async () => await cancellable(ask(this.sql), context));
  }

  /** Commits when `work` resolves, rolls back when it rejects. Errors: those of `query` and of `work`. */
  async transaction<T>(context: CallContext, work: (sql: PostgresTransaction) => Promise<T>): Promise<T> {
    return await this.withConnection(context, async () => {
      const made = await this.sql.begin(async (sql) => {
        throwIfEnded(context);
        const limitMs = Math.ceil(Math.min(this.statementTimeoutMs, remainingMs(context) + 1));
        // Travels with the first statement of `work`.
        const isLimited = sql`SELECT set_config('statement_timeout', ${String(limitMs)}, true)`.execute();
        isLimited.catch(() => undefined);
        return { result: await untilLost(work(sql)) };
      });
      return made.result;
    });
  }

  /** Statements that run now, and that wait for a connection. */
  load(): { readonly active: number; readonly waiting: number } {
    return { active: this.slots.activeCount, waiting: this.slots.pendingCount };
  }

  /** Errors: those of `query`. */
  async checkHealth(context: CallContext): Promise<void> {
    await this.query(context, (sql) => sql`SELECT 1`);
  }

  /** Statements under way have 5 s to end. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.slots.clearQueue();
    await this.sql.end({ timeout: closeTimeoutSeconds });
  }

  private async withConnection<T>(context: CallContext, work: () => Promise<T>): Promise<T> {
    throwIfEnded(context);
    if (this.isClosed) throw fail('SERVER_NOT_READY', 'The database is closed: the server stops.');
    if (this.slots.pendingCount >= this.maxWaiting)
      throw fail('SERVER_OVERLOADED', `More than ${this.maxWaiting} statements wait for Postgres: retry later.`);
    try {
      return await untilEnded(
        this.slots(async () => {
          for (let attempt = 1; ; attempt++) {
            throwIfEnded(context);
            const { host } = this.sockets;
            try {
              return await work();
            } catch (error) {
              if (attempt >= this.attempts || !isUnconnected(error)) throw error;
              this.sockets.leave(host);
            }
          }
        }),
        context,
      );
    } catch (error) {
      throw translatePostgresError(error, context);
    }
  }
}

/**
 * Does not settle when the connection is lost: the library rejects the transaction itself when it closes, but when it
 * hears of the failure first it writes ROLLBACK to a socket that is not there, which ends the process
 * (postgres 3.4.9, `nextWrite`).
 */
async function untilLost<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isLost(error)) return await new Promise<never>(() => undefined);
    throw error;
  }
}

/**
 * The server is told to stop when the context ends. Told before the statement has begun there, it does not listen: then
 * its time limit ends the statement.
 */
async function cancellable<T extends readonly Row[]>(
  pending: PendingQuery<T>,
  context: CallContext,
): Promise<RowList<T>> {
  const stop = (): void => {
    // What was not sent yet must not be cancelled: the library would lose the connection that it waits for.
    if ((pending as unknown as { readonly state: unknown }).state !== null) pending.cancel();
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    return await pending;
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}
