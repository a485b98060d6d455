import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { collectionSpec, soon } from '../../../contract/sample-documents';
import { createPostgresDocumentStore } from './postgres-document-store';
import { renewPostgresStore } from './store-renewal';

describeWithPostgres('a restored Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('goes on from generations beyond every earlier one, which survive deleting and replacing', async () => {
    const { url } = server.createDatabase();
    const store = await createPostgresDocumentStore({ url });
    try {
      await store.createCollection(collectionSpec('kept'), soon());
      const nowMs = Date.now();
      expect(await renewPostgresStore(url, nowMs, soon())).toBe(1);
      expect((await store.findCollection('kept', soon(), 'now'))?.generation).toBe(nowMs);
      await renewPostgresStore(url, nowMs - 5_000, soon());
      expect((await store.findCollection('kept', soon(), 'now'))?.generation).toBe(nowMs + 1);
      await store.createCollection(collectionSpec('other'), soon());
      const replaced = await store.replaceCollection('kept', 'other', soon());
      expect(replaced.generation).toBeGreaterThan(nowMs + 1);
      await store.deleteCollection('kept', soon());
      expect((await store.createCollection(collectionSpec('kept'), soon())).generation).toBeGreaterThan(
        replaced.generation,
      );
    } finally {
      await store.close();
    }
  });
});
