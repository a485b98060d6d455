import { describeWithPostgres, startFaultProxy, startPostgresServer } from '@acervo/testing';

import { describeGenerationBusContract } from '../../../contract/generation-bus.contract-suite';
import { soon } from '../../../contract/sample-documents';
import { vectorSpec } from '../../../contract/vector-truth';
import { PostgresGenerationBus } from './postgres-generation-bus';
import { createPostgresDocumentStore } from './postgres-document-store';

describeWithPostgres('with Postgres', () => {
  describeGenerationBusContract('Postgres', async () => {
    const server = await startPostgresServer();
    const database = server.createDatabase();
    const proxy = await startFaultProxy(server.port);
    const store = await createPostgresDocumentStore({ url: database.url });
    let nth = 0;
    return {
      proxy,
      open: (options) =>
        new PostgresGenerationBus({
          ...{ url: `postgres://acervo@127.0.0.1:${proxy.port}/${database.name}`, heartbeatMs: 300 },
          ...options,
        }),
      change: async () => {
        await store.createCollection(vectorSpec(`collection ${nth++}`), soon());
      },
      stop: async () => {
        await store.close();
        await proxy.close();
        await server.stop();
      },
    };
  });
});
