/** Who may call, as the configuration wants it. */
import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';

import { ConfigError, type AcervoConfig } from '@acervo/config';
import { ApiKeyStore, createIdentification, type Identification } from '@acervo/identity';

type Settings = Pick<AcervoConfig, 'AUTH' | 'DATA_DIR' | 'ENVIRONMENT' | 'TRUSTED_PROXIES'>;

export function openIdentification(config: Settings, logger: Logger): Identification {
  return createIdentification({
    auth: config.AUTH,
    directory: config.DATA_DIR,
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
export function checkAccess({ AUTH, DATA_DIR, ENVIRONMENT }: Settings, logger: Logger): void {
  if (AUTH === 'off') {
    if (ENVIRONMENT === 'production') logger.warn('AUTH=off: everybody who reaches this server may do everything');
    return;
  }
  if (countKeys(DATA_DIR) > 0) return;
  const mend =
    'make one with `acervo keys create NAME`, or set AUTH=off if whoever reaches this server may do everything';
  if (ENVIRONMENT === 'production') {
    throw new ConfigError([`AUTH is keys, and there is no valid API key in ${DATA_DIR}: ${mend}`]);
  }
  logger.warn(`AUTH=keys, and there is no valid API key yet: ${mend}`);
}

function countKeys(directory: string): number {
  mkdirSync(directory, { recursive: true });
  const store = new ApiKeyStore(directory);
  try {
    return store.countValid();
  } finally {
    store.close();
  }
}
