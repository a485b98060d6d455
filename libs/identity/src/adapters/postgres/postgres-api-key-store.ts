import { callContext } from '@acervo/kernel';
import { migrate, PostgresDatabase, type Migration, type PostgresOptions } from '@acervo/postgres';
import { fail } from '@acervo/problem';

import { formatApiKey, hashSecret, newApiKey } from '../../api-key';
import { ApiKeyStore, maxValidKeys, type ApiKey, type ApiKeySecret, type NewApiKey } from '../../api-key-store';
import { fromStored, type StoredKey } from '../../stored-key';

const migrations: readonly Migration[] = [
  {
    name: 'keys',
    sql: `
      CREATE TABLE acervo.api_keys (
        id text COLLATE "C" PRIMARY KEY, hash bytea NOT NULL, name text NOT NULL, tenant text NOT NULL,
        scopes text NOT NULL, collections text, limits text NOT NULL, created_at timestamptz NOT NULL,
        expires_at timestamptz, revoked_at timestamptz, last_used_on text);
      CREATE TABLE acervo.api_key_version (id int PRIMARY KEY CHECK (id = 1), version bigint NOT NULL);
      INSERT INTO acervo.api_key_version VALUES (1, 0);
    `,
  },
];
const valid = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())';
const countValid = `SELECT count(*)::int AS count FROM acervo.api_keys WHERE ${valid}`;
/** A server asks each second. */
const readTimeoutMs = 5_000;
const openTimeoutMs = 30_000;

interface Row extends StoredKey {
  readonly hash: Buffer;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/** Keys in a database that any number of servers share. Two connections. */
export class PostgresApiKeyStore extends ApiKeyStore {
  private constructor(private readonly database: PostgresDatabase) {
    super();
  }

  /** Connects and brings the tables up to date. Errors: STORE_UNAVAILABLE, STORE_NEWER. */
  static async open(options: PostgresOptions): Promise<PostgresApiKeyStore> {
    const database = new PostgresDatabase({ maxConnections: 2, applicationName: 'acervo keys', ...options });
    try {
      await migrate(database, 'keys', migrations, callContext(openTimeoutMs));
      return new PostgresApiKeyStore(database);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  override async create(key: NewApiKey): Promise<{ readonly key: ApiKey; readonly text: string }> {
    const given = newApiKey();
    const createdAt = new Date();
    const { name, tenant, scopes, collections, limits, expiresAt } = key;
    await this.database.transaction(callContext(readTimeoutMs), async (sql) => {
      // First, so that changes are one after another: two at once would both count the keys of before.
      await sql`UPDATE acervo.api_key_version SET version = version + 1`;
      const [row] = await sql.unsafe<{ count: number }[]>(countValid);
      if ((row?.count ?? 0) >= maxValidKeys)
        throw fail('STORE_UNAVAILABLE', `There are ${maxValidKeys} valid keys: revoke some first.`);
      await sql`INSERT INTO acervo.api_keys VALUES (${given.id}, ${hashSecret(given.secret)}, ${name}, ${tenant},
        ${JSON.stringify(scopes)}, ${collections === undefined ? null : JSON.stringify(collections)},
        ${JSON.stringify(limits)}, ${createdAt}, ${expiresAt ?? null}, NULL, NULL)`;
    });
    const made = { ...key, id: given.id, createdAt, revokedAt: undefined, lastUsedOn: undefined };
    return { key: made, text: formatApiKey(given) };
  }

  override async adopt(keys: readonly ApiKeySecret[]): Promise<number> {
    return await this.database.transaction(callContext(openTimeoutMs), async (sql) => {
      await sql`UPDATE acervo.api_key_version SET version = version + 1`;
      let added = 0;
      for (const key of keys) {
        const { count } = await sql`INSERT INTO acervo.api_keys VALUES (${key.id}, ${key.hash}, ${key.name},
          ${key.tenant}, ${JSON.stringify(key.scopes)},
          ${key.collections === undefined ? null : JSON.stringify(key.collections)}, ${JSON.stringify(key.limits)},
          ${key.createdAt}, ${key.expiresAt ?? null}, ${key.revokedAt ?? null}, ${key.lastUsedOn ?? null})
          ON CONFLICT (id) DO NOTHING`;
        added += count;
      }
      return added;
    });
  }

  override async list(): Promise<readonly ApiKey[]> {
    const rows = await this.database.query<Row[]>(
      callContext(readTimeoutMs),
      (sql) => sql`SELECT * FROM acervo.api_keys ORDER BY created_at, id`,
    );
    return rows.map(toKey);
  }

  override async revoke(id: string): Promise<ApiKey | undefined> {
    return await this.database.transaction(callContext(readTimeoutMs), async (sql) => {
      await sql`UPDATE acervo.api_key_version SET version = version + 1`;
      await sql`UPDATE acervo.api_keys SET revoked_at = now() WHERE id = ${id} AND revoked_at IS NULL`;
      const rows = await sql<Row[]>`SELECT * FROM acervo.api_keys WHERE id = ${id}`;
      return rows.map(toKey)[0];
    });
  }

  override async countValid(): Promise<number> {
    const [row] = await this.database.query<{ count: number }[]>(callContext(readTimeoutMs), (sql) =>
      sql.unsafe<{ count: number }[]>(countValid),
    );
    return row?.count ?? 0;
  }

  override async listValid(): Promise<readonly ApiKeySecret[]> {
    const rows = await this.database.query<Row[]>(callContext(readTimeoutMs), (sql) =>
      sql.unsafe<Row[]>(`SELECT * FROM acervo.api_keys WHERE ${valid}`),
    );
    return rows.map((row) => ({ ...toKey(row), hash: row.hash }));
  }

  override async markUsed(ids: Iterable<string>, day: string): Promise<void> {
    await this.database.query(
      callContext(readTimeoutMs),
      (sql) => sql`UPDATE acervo.api_keys SET last_used_on = ${day}
        WHERE id = ANY (${[...ids]}::text[]) AND (last_used_on IS NULL OR last_used_on < ${day})`,
    );
  }

  override async version(): Promise<string> {
    const rows = await this.database.query<{ version: string }[]>(
      callContext(readTimeoutMs),
      (sql) => sql`SELECT version::text FROM acervo.api_key_version`,
    );
    return rows[0]?.version ?? '';
  }

  override async close(): Promise<void> {
    await this.database.close();
  }
}

function toKey(row: Row): ApiKey {
  const { created_at: created, expires_at, revoked_at } = row;
  return fromStored(row, { created, expires: expires_at ?? undefined, revoked: revoked_at ?? undefined });
}
