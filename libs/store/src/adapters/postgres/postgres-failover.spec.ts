import { DomainError } from '@acervo/kernel';
import { describeWithPostgres, startPostgresServer } from '@acervo/testing';

import { collectionSpec, commitDocuments, sampleDocument, soon } from '../../../contract/sample-documents';
import { createPostgresDocumentStore } from './postgres-document-store';

/** The bar of the design; the figure goes to standard error, for a busy machine must not fail the test. */
const barMs = 10_000;

describeWithPostgres('a Postgres of two hosts', () => {
  it('goes on with the standby when the primary dies, without an acknowledged document lost', async () => {
    const primary = await startPostgresServer();
    const { name } = primary.createDatabase();
    const standby = await primary.startStandby({ isSynchronous: true });
    const url = `postgres://acervo@${primary.host},${standby.host}/${name}?target_session_attrs=read-write`;
    const store = await createPostgresDocumentStore({ url });
    try {
      await store.createCollection(collectionSpec('c'), soon());
      const acknowledged: string[] = [];
      const failures = new Set<string>();
      let isStopping = false;
      const commit = async (client: number): Promise<void> => {
        for (let nth = 0; !isStopping; nth++) {
          try {
            await commitDocuments(store, 'c', [sampleDocument(`${client}-${nth}`, ['word'])]);
            acknowledged.push(`${client}-${nth}`);
          } catch (error) {
            failures.add(error instanceof DomainError ? error.code : String(error));
          }
        }
      };
      const clients = Promise.all([0, 1, 2, 3].map(commit));
      while (acknowledged.length < 20) await store.checkHealth(soon());
      await primary.kill();
      const killedAt = performance.now();
      const before = acknowledged.length;
      // The new primary would wait for a standby that it does not have.
      standby.promote();
      standby.run(`ALTER SYSTEM SET synchronous_standby_names = ''`);
      standby.run('SELECT pg_reload_conf()');
      const promotedMs = performance.now() - killedAt;
      while (acknowledged.length === before) await new Promise((resolve) => setTimeout(resolve, 20));
      const awayMs = performance.now() - killedAt;
      process.stderr.write(
        `failover: writes go on ${awayMs.toFixed(0)} ms after the kill, ${(awayMs - promotedMs).toFixed(0)} ms after the promotion (bar ${barMs} ms)\n`,
      );
      isStopping = true;
      await clients;
      expect([...failures].filter((code) => code !== 'STORE_UNAVAILABLE')).toEqual([]);
      const { documents } = await store.listDocuments('c', { limit: 1_000 }, soon());
      const ids = new Set(documents.map(({ id }) => id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    } finally {
      await store.close();
      await standby.stop();
      await primary.stop();
    }
  }, 120_000);
});
