import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteApiKeyStore } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { openDatabase } from '@acervo/sqlite';
import { createSqliteDocumentStore, type DocumentStore } from '@acervo/store';

import { backUp } from './backup';
import { restore } from './restore';

const name = 'documents';
const soon = (): CallContext => callContext(20_000);

let root: string;
let data: string;
let backup: string;
let restored: string;
let store: DocumentStore;
const stores: DocumentStore[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'acervo-backup-'));
  [data, backup, restored] = [join(root, 'data'), join(root, 'backup'), join(root, 'restored')];
  store = await openStore(data);
  await store.createCollection(
    { name, embeddingModel: 'm', dimensions: 4, chunking: { size: 100, overlap: 10, version: 1 } },
    soon(),
  );
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(root, { recursive: true, force: true });
});

async function openStore(directory: string): Promise<DocumentStore> {
  const store = await createSqliteDocumentStore({ directory, readers: 1 });
  stores.push(store);
  return store;
}

async function put(store: DocumentStore, id: string): Promise<void> {
  const text = `Text of ${id}.`;
  const chunk = { text, start: 0, end: text.length, headings: [], page: undefined, passage: text, passageHash: id };
  const document = {
    ...{ id, title: id, source: id, docType: 'text', language: 'en' as const, date: undefined, metadata: {} },
    ...{ contentHash: id, text, chunks: [chunk], embeddings: new Float32Array([1, 0, 0, 0]) },
  };
  const keys = [await store.reserveKeys(1, soon())];
  await store.commit(name, { put: [document], keys, remove: [] }, soon());
}

async function queue(store: DocumentStore, id: string): Promise<void> {
  await mkdir(join(data, 'uploads'), { recursive: true });
  await writeFile(join(data, 'uploads', id), `content of ${id}`);
  await store.createJob({ id, kind: 'ingest', input: {} }, soon());
}

async function generationIn(from: DocumentStore): Promise<number> {
  return (await from.findCollection(name, soon(), 'now'))?.generation ?? NaN;
}

describe('a backup', () => {
  it('holds documents, waiting jobs with their contents, and keys, and nothing else', async () => {
    await put(store, 'a');
    await queue(store, 'job-1');
    await mkdir(join(data, 'cache'));
    await mkdir(join(data, 'vectors'));
    const keys = new SqliteApiKeyStore(data);
    const { key } = keys.create({
      ...{ name: 'k', tenant: 'public', scopes: ['search'] },
      ...{ collections: undefined, limits: {}, expiresAt: undefined },
    });
    keys.close();

    const manifest = await backUp(data, backup, '1.2.3');

    expect(manifest).toMatchObject({ acervo: '1.2.3', waitingJobs: 1, collections: [{ name, documents: 1 }] });
    expect((await readdir(backup)).sort()).toEqual(['acervo.db', 'keys.db', 'manifest.json', 'uploads']);
    expect((await readdir(data)).filter((entry) => entry.startsWith('backup-'))).toEqual([]);
    await restore(backup, restored);
    expect((await readdir(restored)).sort()).toEqual(['acervo.db', 'keys.db', 'uploads']);
    const copy = await openStore(restored);
    expect(await copy.findText(name, 'a', soon())).toBe('Text of a.');
    expect(await copy.findJob('job-1', soon())).toMatchObject({ state: 'queued' });
    expect(await readFile(join(restored, 'uploads', 'job-1'), 'utf8')).toBe('content of job-1');
    const again = new SqliteApiKeyStore(restored);
    expect(again.list()).toEqual([key]);
    again.close();
  });

  it('holds the content of every job that waits in it, while jobs come and end', async () => {
    const work = new AbortController();
    const changing = (async () => {
      for (let nth = 0; !work.signal.aborted; nth++) {
        await put(store, `d${nth}`);
        await queue(store, `job-${nth}`);
        if (nth < 3) continue;
        await store.updateJob(`job-${nth - 3}`, { state: 'succeeded' }, soon());
        await rm(join(data, 'uploads', `job-${nth - 3}`));
      }
    })();
    for (let round = 0; round < 15; round++) {
      const to = join(root, `backup-${round}`);
      const { waitingJobs, collections, files } = await backUp(data, to, '1');
      expect(files.filter(({ path }) => path.startsWith('uploads/'))).toHaveLength(waitingJobs);
      const copy = openDatabase(join(to, 'acervo.db'), { readonly: true });
      expect(copy.prepare('SELECT count(*) FROM documents').pluck().get()).toBe(collections[0]?.documents);
      expect(copy.prepare("SELECT count(*) FROM jobs WHERE state = 'queued'").pluck().get()).toBe(waitingJobs);
      copy.close();
    }
    work.abort();
    await changing;
  }, 60_000);

  it('refuses a folder that is not empty, one in the data folder, and a data folder without a store', async () => {
    const refused = { code: 'BACKUP_REFUSED' };
    await mkdir(backup);
    await writeFile(join(backup, 'x'), '');
    await expect(backUp(data, backup, '1')).rejects.toMatchObject(refused);
    await expect(backUp(data, join(data, 'copies', 'today'), '1')).rejects.toMatchObject(refused);
    await expect(backUp(join(root, 'nothing'), join(root, 'b'), '1')).rejects.toMatchObject(refused);
  });
});

describe('a restore', () => {
  beforeEach(async () => {
    await put(store, 'a');
    await queue(store, 'job-1');
    await backUp(data, backup, '1');
  });

  it('goes on from a generation that no server has had, however often the same backup is restored', async () => {
    for (let nth = 0; nth < 20; nth++) await put(store, `later-${nth}`);
    const served = await generationIn(store);
    await restore(backup, restored);
    const first = await openStore(restored);
    expect(await generationIn(first)).toBeGreaterThan(served);
    await put(first, 'b');
    await restore(backup, join(root, 'second'));
    const second = await openStore(join(root, 'second'));
    expect(await generationIn(second)).toBeGreaterThan(await generationIn(first));
  });

  it('is another store to engines that the first one may still use', async () => {
    await restore(backup, restored);
    expect(await (await openStore(restored)).storeId(soon())).not.toBe(await store.storeId(soon()));
  });

  it('gives a collection that is made anew a generation of that time too', async () => {
    await restore(backup, restored);
    const copy = await openStore(restored);
    const spec = { name: 'new', embeddingModel: 'm', dimensions: 4, chunking: { size: 100, overlap: 10, version: 1 } };
    const { generation } = await copy.createCollection(spec, soon());
    expect(generation).toBeGreaterThanOrEqual(await generationIn(copy));
  });

  it('replaces nothing', async () => {
    await expect(restore(backup, data)).rejects.toMatchObject({ code: 'BACKUP_REFUSED' });
    await mkdir(join(restored, 'lost+found'), { recursive: true });
    await restore(backup, restored);
    await expect(restore(backup, restored)).rejects.toMatchObject({ code: 'BACKUP_REFUSED' });
  });

  it.each([
    ['a changed database', async () => appendFile(join(backup, 'acervo.db'), 'x')],
    ['a changed upload', async () => writeFile(join(backup, 'uploads', 'job-1'), 'Content of job-1')],
    ['a missing upload', async () => rm(join(backup, 'uploads', 'job-1'))],
    ['a missing manifest', async () => rm(join(backup, 'manifest.json'))],
    ['a manifest cut short', async () => writeFile(join(backup, 'manifest.json'), '{"format": 1')],
    ['a manifest of a later form', async () => changeManifest('"format": 1', '"format": 2')],
    ['a path that leads elsewhere', async () => changeManifest('uploads/job-1', '../data/acervo.db')],
  ])('refuses %s and leaves the folder empty', async (_what, damage) => {
    await damage();
    await expect(restore(backup, restored)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect(await readdir(restored).catch(() => [])).toEqual([]);
  });

  async function changeManifest(from: string, to: string): Promise<void> {
    const file = join(backup, 'manifest.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
  }
});
