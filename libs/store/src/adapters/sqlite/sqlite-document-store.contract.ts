import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeDocumentStoreContract } from '../../../contract/document-store.contract-suite';
import { createSqliteDocumentStore } from './sqlite-document-store';

describeDocumentStoreContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-store-'));
  const store = await createSqliteDocumentStore({ directory });
  return {
    store,
    stop: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
