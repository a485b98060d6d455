import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { dataFolder } from '../../../contract/data-folder';
import { collectionSpec, commitDocuments, sampleDocument, soon } from '../../../contract/sample-documents';
import { createSqliteDocumentStore, type SqliteDocumentStore } from './sqlite-document-store';

/** A volume of its own needs the right to mount one: containers and CI machines that run as root have it. */
function mountSmallVolume(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'pipe' });
    return true;
  } catch (error) {
    console.warn(
      `SKIPPED: full and read-only disks are not tested here, no small volume can be mounted: ${String(error)}`,
    );
    return false;
  }
}

describe('a store on a small volume', () => {
  const folder = dataFolder();
  const isMounted = mountSmallVolume(folder.path);
  const onVolume = isMounted ? it : it.skip;
  let store: SqliteDocumentStore;

  beforeAll(async () => {
    store = await createSqliteDocumentStore({ directory: folder.path, readers: 1 });
    await store.createCollection(collectionSpec('c'), soon());
    await commitDocuments(store, 'c', [sampleDocument('first', ['kept whole'])]);
  }, 60_000);
  afterAll(async () => {
    await store.close();
    if (isMounted) execFileSync('umount', [folder.path]);
    folder.remove();
  });

  const large = (id: string): ReturnType<typeof sampleDocument> =>
    sampleDocument(
      id,
      Array.from({ length: 50 }, (_, nth) => `${id} ${nth} ${Math.random().toString(36)} `.repeat(20)),
    );

  async function expectFirstIsThere(): Promise<void> {
    const [key = 0] = await store.listKeys('c', soon());
    expect(await store.fetchChunks('c', [key], soon())).toMatchObject([{ text: 'kept whole' }]);
  }

  onVolume('says STORE_DISK_FULL, goes on reading, and writes again once there is space', async () => {
    const ballast = join(folder.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_500_000));
    const fill = async (): Promise<void> => {
      for (let nth = 0; nth < 100; nth++) await commitDocuments(store, 'c', [large(`d${nth}`)]);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'STORE_DISK_FULL' });
    await expectFirstIsThere();
    rmSync(ballast);
    await expect(commitDocuments(store, 'c', [sampleDocument('after', ['there is space'])])).resolves.toMatchObject({
      removedKeys: [],
    });
    expect(await store.findDocument('c', 'after', soon())).toBeDefined();
  });

  onVolume(
    'says STORE_UNAVAILABLE on a volume that became read-only, and recovers with it',
    async () => {
      // A volume with files open for writing cannot become read-only: the store is opened on one that is.
      await store.close();
      execFileSync('mount', ['-o', 'remount,ro', folder.path]);
      await expect(createSqliteDocumentStore({ directory: folder.path })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('read-only') as string,
      });
      execFileSync('mount', ['-o', 'remount,rw', folder.path]);
      store = await createSqliteDocumentStore({ directory: folder.path, readers: 1 });
      await expectFirstIsThere();
    },
    60_000,
  );
});
