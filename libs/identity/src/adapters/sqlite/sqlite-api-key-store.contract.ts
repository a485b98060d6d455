import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeApiKeyStoreContract } from '../../../contract/api-key-store.contract-suite';
import { SqliteApiKeyStore } from './sqlite-api-key-store';

describeApiKeyStoreContract('SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-keys-'));
  return {
    open: async () => Promise.resolve(new SqliteApiKeyStore(directory)),
    stop: async () => rm(directory, { recursive: true }),
  };
});
