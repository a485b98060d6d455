/**
 * The keys of a server in a file of their own, DATA_DIR/keys.db. Several processes may write it at once: the command
 * line adds and revokes keys while servers run.
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { openDatabase, type Connection } from '@acervo/sqlite';

import { formatApiKey, hashSecret, newApiKey } from '../../api-key';
import { ApiKeyStore, maxValidKeys, type ApiKey, type ApiKeySecret, type NewApiKey } from '../../api-key-store';
import { fromStored, type StoredKey } from '../../stored-key';

const fileName = 'keys.db';
const schemaVersion = 1;
/** Writes of others take a moment. */
const openTimeoutMs = 5_000;

const schema = `
  CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    scopes TEXT NOT NULL,
    collections TEXT,
    limits TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    revoked_ms INTEGER,
    last_used_on TEXT
  ) STRICT`;
const valid = 'revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?)';

interface Row extends StoredKey {
  readonly hash: Buffer;
  readonly created_ms: number;
  readonly expires_ms: number | null;
  readonly revoked_ms: number | null;
}

export class SqliteApiKeyStore extends ApiKeyStore {
  private connection: Connection;
  private inode: number;
  private readonly file: string;

  /**
   * Opens or makes `keys.db` in a folder that exists. `waitMs` is how long a write may wait for another process; all
   * calls are synchronous.
   *
   * Errors: STORE_NEWER, STORE_DAMAGED, STORE_UNAVAILABLE.
   */
  constructor(
    directory: string,
    private readonly waitMs = openTimeoutMs,
  ) {
    super();
    this.file = join(directory, fileName);
    this.connection = open(this.file, waitMs);
    this.inode = statSync(this.file).ino;
  }

  /**
   * @returns `text` is the key itself, which cannot be had again
   * Errors: STORE_UNAVAILABLE, also when there are 100,000 valid keys.
   */
  override create(key: NewApiKey): { readonly key: ApiKey; readonly text: string } {
    const given = newApiKey();
    const createdAt = new Date();
    const { name, tenant, scopes, collections, limits, expiresAt } = key;
    this.guarded(() => {
      if (this.countValid() >= maxValidKeys) {
        throw fail('STORE_UNAVAILABLE', `There are ${maxValidKeys} valid keys: revoke some first.`);
      }
      this.connection
        .prepare(
          `INSERT INTO api_keys (id, hash, name, tenant, scopes, collections, limits, created_ms, expires_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          given.id,
          hashSecret(given.secret),
          name,
          tenant,
          JSON.stringify(scopes),
          collections === undefined ? null : JSON.stringify(collections),
          JSON.stringify(limits),
          createdAt.getTime(),
          expiresAt?.getTime() ?? null,
        );
    });
    const made = { ...key, id: given.id, createdAt, revokedAt: undefined, lastUsedOn: undefined };
    return { key: made, text: formatApiKey(given) };
  }

  override adopt(keys: readonly ApiKeySecret[]): number {
    return this.guarded(() => {
      const insert = this.connection.prepare('INSERT OR IGNORE INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
      return this.connection.transaction(() => {
        let added = 0;
        for (const key of keys)
          added += insert.run(
            ...[key.id, key.hash, key.name, key.tenant, JSON.stringify(key.scopes)],
            ...[key.collections === undefined ? null : JSON.stringify(key.collections), JSON.stringify(key.limits)],
            ...[key.createdAt.getTime(), key.expiresAt?.getTime() ?? null],
            ...[key.revokedAt?.getTime() ?? null, key.lastUsedOn ?? null],
          ).changes;
        return added;
      })();
    });
  }

  override list(): readonly ApiKey[] {
    const rows = this.guarded(
      () => this.connection.prepare('SELECT * FROM api_keys ORDER BY created_ms, id').all() as Row[],
    );
    return rows.map(toKey);
  }

  override revoke(id: string): ApiKey | undefined {
    this.guarded(() =>
      this.connection
        .prepare('UPDATE api_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL')
        .run(Date.now(), id),
    );
    return this.list().find((key) => key.id === id);
  }

  override countValid(): number {
    return this.guarded(
      () => this.connection.prepare(`SELECT count(*) FROM api_keys WHERE ${valid}`).pluck().get(Date.now()) as number,
    );
  }

  /** Keys that may be used now, with their hashes. O(keys): about 4 µs each. */
  override listValid(): readonly ApiKeySecret[] {
    return this.guarded(() =>
      (this.connection.prepare(`SELECT * FROM api_keys WHERE ${valid}`).all(Date.now()) as Row[]).map(toSecret),
    );
  }

  override markUsed(ids: Iterable<string>, day: string): void {
    this.guarded(() => {
      const update = this.connection.prepare(
        'UPDATE api_keys SET last_used_on = ? WHERE id = ? AND (last_used_on IS NULL OR last_used_on < ?)',
      );
      this.connection.transaction(() => {
        for (const id of ids) update.run(day, id, day);
      })();
    });
  }

  /**
   * Another value after each change by another process. Follows a file that was put in the place of this one, as by
   * restoring a backup. About 10 µs.
   */
  override version(): string {
    return this.guarded(() => {
      const inode = statSync(this.file, { throwIfNoEntry: false })?.ino;
      if (inode !== this.inode) {
        this.connection.close();
        this.connection = open(this.file, this.waitMs);
        this.inode = statSync(this.file).ino;
      }
      return `${this.inode}:${String(this.connection.pragma('data_version', { simple: true }))}`;
    });
  }

  override close(): void {
    this.connection.close();
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asStoreError(error, this.file);
    }
  }
}

function open(file: string, waitMs: number): Connection {
  let connection: Connection | undefined;
  try {
    // Hashes only, and still nobody else's business. SQLite gives its other files the same mode.
    closeSync(openSync(file, 'a', 0o600));
    connection = openDatabase(file, { timeout: openTimeoutMs });
    connection.pragma('journal_mode = WAL');
    // A revocation that was confirmed survives a power failure.
    connection.pragma('synchronous = FULL');
    const version = connection.pragma('user_version', { simple: true }) as number;
    if (version > schemaVersion) throw fail('STORE_NEWER', `${file} was written by a newer version of Acervo.`);
    if (version < schemaVersion) connection.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = 1; COMMIT`);
    connection.pragma(`busy_timeout = ${waitMs}`);
    return connection;
  } catch (error) {
    connection?.close();
    throw asStoreError(error, file);
  }
}

function asStoreError(error: unknown, file: string): unknown {
  if (error instanceof DomainError) return error;
  const { code } = error as { code?: unknown };
  return code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT'
    ? fail('STORE_DAMAGED', `${file} is no database of keys: restore it from a backup, or remove it.`, {}, error)
    : fail('STORE_UNAVAILABLE', `The keys in ${file} cannot be used now: ${(error as Error).message}`, {}, error);
}

function toSecret(row: Row): ApiKeySecret {
  return { ...toKey(row), hash: row.hash };
}

function toKey(row: Row): ApiKey {
  const at = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));
  return fromStored(row, {
    created: new Date(row.created_ms),
    expires: at(row.expires_ms),
    revoked: at(row.revoked_ms),
  });
}
