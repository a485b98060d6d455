import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { describeConversationStoreContract } from '../../../contract/conversation-store.contract-suite';
import { PostgresConversationStore } from './postgres-conversation-store';

describeWithPostgres('with Postgres', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgresServer({ isDurable: false });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  describeConversationStoreContract('Postgres', async () => {
    const { url } = server.createDatabase();
    return Promise.resolve({
      open: async (limits) => PostgresConversationStore.open({ database: { url, maxConnections: 2 }, ...limits }),
      stop: async () => Promise.resolve(),
    });
  });
});
