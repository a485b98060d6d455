import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { workerEntry } from '@acervo/kernel';
import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { collectionSpec, commitDocuments, sampleDocument, soon } from '../../../contract/sample-documents';
import { migrations } from './migrations';
import { createPostgresDocumentStore, type PostgresDocumentStore } from './postgres-document-store';

interface Acknowledged {
  readonly id: string;
  readonly chunks: number;
}

const kills = 25;
const contract = join(__dirname, '../../../contract');

function startChild(name: string, args: readonly string[]): ChildProcess {
  const { filename, execArgv } = workerEntry(contract, name);
  return spawn(process.execPath, [...execArgv, filename, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Starts a replica with eight clients and kills it some time after its first commit; gives what it acknowledged. */
async function commitUntilKilled(url: string, run: string, lifeMs: number): Promise<Acknowledged[]> {
  const child = startChild('postgres-commits.child', [url, run]);
  let output = '';
  let killer: NodeJS.Timeout | undefined;
  child.stdout?.setEncoding('utf8').on('data', (data: string) => {
    output += data;
    killer ??= setTimeout(() => child.kill('SIGKILL'), lifeMs);
  });
  await once(child, 'close');
  // What follows the last line break may be half written; then its commit was not acknowledged.
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Acknowledged);
}

describeWithPostgres('Postgres as the truth', () => {
  let server: PostgresServer;
  let database: { readonly name: string; readonly url: string };
  let store: PostgresDocumentStore;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    database = server.createDatabase();
    store = await createPostgresDocumentStore({ url: database.url });
    await store.createCollection(collectionSpec('c'), soon());
  });
  afterEach(async () => {
    await store.close();
  });

  const ask = (sql: string): string => server.run(sql, database.name);

  /** Every part of every chunk is there exactly once, nothing else is, and the counts are right. */
  const expectWhole = (): void => {
    const chunks = ask('SELECT count(*) FROM acervo.chunks');
    expect(ask('SELECT count(*) FROM acervo.embeddings')).toBe(chunks);
    expect(ask('SELECT count(*) FROM acervo.chunk_terms')).toBe(chunks);
    expect(ask('SELECT chunks_en FROM acervo.collections')).toBe(chunks);
    expect(ask('SELECT documents = (SELECT count(*) FROM acervo.documents) FROM acervo.collections')).toBe('t');
    expect(ask('SELECT tokens = (SELECT sum(length) FROM acervo.chunk_terms) FROM acervo.collections')).toBe('t');
    expect(ask('SELECT sum(chunks) FROM acervo.documents')).toBe(chunks);
    expect(ask('SELECT sum(octet_length(entries)) / 8 FROM acervo.postings')).toBe(
      ask('SELECT sum(cardinality(terms)) FROM acervo.chunk_terms'),
    );
  };

  it(`A1: loses no acknowledged document when a replica with eight clients is killed, ${kills} times`, async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < kills; round++) {
      const commits = await commitUntilKilled(database.url, `r${round}`, Math.random() * 300);
      for (const { id, chunks } of commits) acknowledged.set(id, chunks);
      // Behind the commits that the dead replica left under way.
      await store.reserveKeys(0, soon());
    }
    expectWhole();
    const { documents } = await store.listDocuments('c', { limit: 1_000 }, soon());
    const found = new Map(documents.map(({ id, chunks }) => [id, chunks]));
    for (let cursor = documents.at(-1)?.id; cursor !== undefined;) {
      const page = await store.listDocuments('c', { limit: 1_000, cursor }, soon());
      for (const { id, chunks } of page.documents) found.set(id, chunks);
      cursor = page.documents.at(-1)?.id;
    }
    const missing = [...acknowledged.keys()].filter((id) => !found.has(id));
    expect(missing).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(kills);
  }, 300_000);

  it('loses no acknowledged document when the database itself is killed, and goes on with the same store', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const commits = Array.from({ length: 20 }, async (_, nth) => {
        const id = `${round}-${nth}`;
        await commitDocuments(store, 'c', [sampleDocument(id, ['one', 'two'])]);
        acknowledged.push(id);
      });
      await Promise.any(commits);
      await server.kill();
      await Promise.allSettled(commits);
      await server.restart();
    }
    const found = await store.listDocuments('c', { limit: 1_000 }, soon());
    const ids = new Set(found.documents.map(({ id }) => id));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expectWhole();
  }, 120_000);

  it('A3: gives the job of a replica that hangs to another, and refuses what the first still says', async () => {
    await store.createJob({ id: 'job', kind: 'k', input: {}, target: { collection: 'c', document: 'a' } }, soon());
    const first = startChild('postgres-job.child', [database.url, '300', 'k']);
    let said = '';
    first.stdout?.setEncoding('utf8').on('data', (data: string) => (said += data));
    await once(first.stdout ?? first, 'data');
    first.kill('SIGSTOP');
    let job;
    while (job === undefined) job = await store.claimJob(['k'], soon());
    expect(job).toMatchObject({ id: 'job', attempts: 2 });
    first.kill('SIGCONT');
    first.stdin?.end();
    await once(first, 'close');
    expect(said.split('\n')).toEqual(['claimed', 'JOB_CANCELLED', 'JOB_ALREADY_ENDED', '']);

    const key = await store.reserveKeys(1, soon());
    const put = [sampleDocument('a', ['from the second worker'])];
    await store.commit('c', { put, keys: [key], remove: [], job: 'job' }, soon());
    await store.updateJob('job', { state: 'succeeded' }, soon());
    expect([...(await store.listKeys('c', soon()))]).toEqual([key]);
    expect(await store.findJob('job', soon())).toMatchObject({ state: 'succeeded' });
    expectWhole();
  }, 60_000);

  it('keeps a job while its replica lives, and hands it back at once when that closes', async () => {
    const other = await createPostgresDocumentStore({ url: database.url, leaseMs: 150 });
    await store.createJob({ id: 'job', kind: 'k', input: {} }, soon());
    await other.claimJob(['k'], soon());
    const until = performance.now() + 600;
    while (performance.now() < until) expect(await store.claimJob(['k'], soon())).toBeUndefined();
    await other.close();
    expect(await store.claimJob(['k'], soon())).toMatchObject({ id: 'job', attempts: 2 });
  }, 60_000);

  it('is set up once by replicas that start together, and refused by a version that does not know it', async () => {
    const { name, url } = server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, async () => createPostgresDocumentStore({ url })));
    const steps = server.run(`SELECT count(*) FROM acervo.migrations WHERE part = 'documents'`, name);
    expect(steps).toBe(String(migrations.length));
    await Promise.all(stores.map((each) => each.close()));
    server.run(`INSERT INTO acervo.migrations (part, step, name) VALUES ('documents', 99, 'of tomorrow')`, name);
    await expect(createPostgresDocumentStore({ url })).rejects.toMatchObject({ code: 'STORE_NEWER' });
  }, 60_000);
});
