/** Who may call, as the configuration wants it. */
import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';

import { ConfigError, type AcervoConfig } from '@acervo/config';
import { createIdentification, openApiKeyStore, type ApiKeyStore, type Identification } from '@acervo/identity';

import { databaseOptions } from './database-options';

type StoreSettings = Pick<AcervoConfig, 'DATA_DIR' | 'STORE' | 'DATABASE_URL' | 'DATABASE_PREPARED_STATEMENTS'>;
type Settings = StoreSettings & Pick<AcervoConfig, 'AUTH' | 'ENVIRONMENT' | 'TRUSTED_PROXIES'>;

export async function openIdentification(config: Settings, logger: Logger): Promise<Identification> {
  return await createIdentification({
    auth: config.AUTH,
    ...whereKeysAre(config),
    trustedProxies: config.TRUSTED_PROXIES,
    onFailure: (cause) => {
      logger.error({ err: cause }, 'changes of API keys cannot be seen now: those of before stay in force');
    },
  });
}

/**
 * Warns of a server that nobody or everybody can use.
 *
 * Errors: ConfigError, in production without a valid key; those of `ApiKeyStore`.
 */
export async function checkAccess(config: Settings, logger: Logger): Promise<void> {
  const { AUTH, DATA_DIR, ENVIRONMENT } = config;
  if (AUTH === 'off') {
    if (ENVIRONMENT === 'production') logger.warn('AUTH=off: everybody who reaches this server may do everything');
    return;
  }
  if ((await countKeys(config)) > 0) return;
  const mend =
    'make one with `acervo keys create NAME`, or set AUTH=off if whoever reaches this server may do everything';
  if (ENVIRONMENT === 'production') {
    throw new ConfigError([
      `AUTH is keys, and there is no valid API key in ${config.STORE === 'postgres' ? 'the database' : DATA_DIR}: ${mend}`,
    ]);
  }
  logger.warn(`AUTH=keys, and there is no valid API key yet: ${mend}`);
}

/** With the documents: in the data folder of one machine, in the database of several. Close it. */
export async function openKeys(config: StoreSettings): Promise<ApiKeyStore> {
  mkdirSync(config.DATA_DIR, { recursive: true });
  return await openApiKeyStore(whereKeysAre(config));
}

function whereKeysAre(config: StoreSettings): Parameters<typeof openApiKeyStore>[0] {
  const { DATA_DIR: directory, STORE } = config;
  return STORE === 'postgres' ? { directory, database: databaseOptions(config) } : { directory };
}

async function countKeys(config: StoreSettings): Promise<number> {
  const store = await openKeys(config);
  try {
    return await store.countValid();
  } finally {
    await store.close();
  }
}
