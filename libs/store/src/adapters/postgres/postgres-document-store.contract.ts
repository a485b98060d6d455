import { describeWithPostgres, startPostgresServer } from '@acervo/testing';

import { describeDocumentStoreContract } from '../../../contract/document-store.contract-suite';
import { createPostgresDocumentStore } from './postgres-document-store';

describeWithPostgres('on a real Postgres', () => {
  describeDocumentStoreContract('Postgres', async () => {
    const server = await startPostgresServer();
    const store = await createPostgresDocumentStore({ url: server.createDatabase().url });
    return {
      store,
      stop: async () => {
        await store.close();
        await server.stop();
      },
    };
  });
});
