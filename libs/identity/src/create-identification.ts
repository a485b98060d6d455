import type { PostgresOptions } from '@acervo/postgres';

import { AnonymousIdentification } from './anonymous-identification';
import { PostgresApiKeyStore } from './adapters/postgres/postgres-api-key-store';
import { SqliteApiKeyStore } from './adapters/sqlite/sqlite-api-key-store';
import type { ApiKeyStore } from './api-key-store';
import type { Identification } from './client';
import { KeyIdentification } from './key-identification';

export interface ApiKeyStoreOptions {
  /** Folder of the keys, which must exist; not used with a database. */
  readonly directory: string;
  /** Of keys that several machines share. */
  readonly database?: PostgresOptions | undefined;
}

export interface IdentificationOptions extends ApiKeyStoreOptions {
  readonly auth: 'off' | 'keys';
  readonly trustedProxies: readonly string[];
  /** Of looking for changed keys: those of before stay in force. */
  readonly onFailure: (cause: unknown) => void;
}

/** A server waits no longer for a process that writes keys: it tries again later. */
const writeWaitMs = 50;

/** @param waitMs for another process that writes to the same file. Errors: those of `ApiKeyStore`. */
export async function openApiKeyStore(
  { directory, database }: ApiKeyStoreOptions,
  waitMs?: number,
): Promise<ApiKeyStore> {
  return database === undefined ? new SqliteApiKeyStore(directory, waitMs) : await PostgresApiKeyStore.open(database);
}

/** Close it. Errors: those of `ApiKeyStore`; TypeError for what is no address of a proxy. */
export async function createIdentification({
  auth,
  trustedProxies,
  onFailure,
  ...options
}: IdentificationOptions): Promise<Identification> {
  switch (auth) {
    case 'off':
      return new AnonymousIdentification(trustedProxies);
    case 'keys':
      return await KeyIdentification.open({ store: await openApiKeyStore(options, writeWaitMs), onFailure });
    default:
      return auth satisfies never;
  }
}
