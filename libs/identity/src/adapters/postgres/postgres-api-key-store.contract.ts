import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { describeApiKeyStoreContract } from '../../../contract/api-key-store.contract-suite';
import { PostgresApiKeyStore } from './postgres-api-key-store';

describeWithPostgres('with Postgres', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgresServer({ isDurable: false });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  describeApiKeyStoreContract('Postgres', async () => {
    const { url } = server.createDatabase();
    return Promise.resolve({
      open: async () => PostgresApiKeyStore.open({ url }),
      stop: async () => Promise.resolve(),
    });
  });
});
