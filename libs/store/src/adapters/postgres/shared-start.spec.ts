import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { collectionSpec, soon } from '../../../contract/sample-documents';
import { ScriptedVectorIndex } from '../../../contract/scripted-vector-index';
import { CollectionWriter } from '../../collection-writer';
import { createPostgresDocumentStore } from './postgres-document-store';

describeWithPostgres('servers that start at once over an empty Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('all get the collection that one of them makes', async () => {
    const { url } = server.createDatabase();
    const stores = await Promise.all([0, 1, 2, 3].map(async () => createPostgresDocumentStore({ url })));
    try {
      const writers = stores.map((store) => new CollectionWriter(store, new ScriptedVectorIndex(), {}));
      for (let round = 0; round < 10; round++) {
        const spec = collectionSpec(`c${round}`);
        const made = await Promise.all(writers.map(async (writer) => writer.ensureCollection(spec, soon())));
        expect(new Set(made.map(({ createdAt }) => createdAt)).size).toBe(1);
      }
    } finally {
      await Promise.all(stores.map(async (store) => store.close()));
    }
  });
});
