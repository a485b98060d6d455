import { callContext } from '@acervo/kernel';

import { dataFolder } from '../contract/data-folder';
import { collectionSpec, sampleDocument, soon } from '../contract/sample-documents';
import { createSqliteDocumentStore, type SqliteDocumentStore } from './adapters/sqlite/sqlite-document-store';
import { EmbeddedVectorIndex } from './adapters/usearch/embedded-vector-index';
import { CollectionWriter } from './collection-writer';
import { CommitFollower } from './commit-follower';
import { FollowingVectorIndex } from './following-vector-index';

describe('a process that follows the writer of its data folder', () => {
  const folder = dataFolder();
  let writerStore: SqliteDocumentStore;
  let writerIndex: EmbeddedVectorIndex;
  let writer: CollectionWriter;
  let store: SqliteDocumentStore;
  let index: FollowingVectorIndex;

  beforeAll(async () => {
    const directory = folder.path;
    writerStore = await createSqliteDocumentStore({ directory, readers: 1 });
    writerIndex = new EmbeddedVectorIndex({ directory: `${directory}/vectors`, source: writerStore });
    writer = new CollectionWriter(writerStore, writerIndex);
    store = await createSqliteDocumentStore({ directory, readers: 1, role: 'follower' });
    const own = new EmbeddedVectorIndex({ directory: `${directory}/vectors`, source: store, isWriter: false });
    index = new FollowingVectorIndex(own, store);
  }, 60_000);
  afterAll(async () => {
    await index.close();
    await store.close();
    await writerIndex.close();
    await writerStore.close();
    folder.remove();
  });

  const put = async (collection: string, id: string): Promise<{ generation: number; vector: Float32Array }> => {
    const document = sampleDocument(id, [`text of ${id}`]);
    const { generation } = await writer.apply(collection, { put: [document] }, soon());
    return { generation, vector: document.embeddings };
  };
  const keysFound = async (collection: string, vector: Float32Array, atLeast: number): Promise<number[]> => {
    const [hits = []] = await index.search(collection, [{ vector, limit: 100 }], soon(), atLeast);
    return hits.map(({ key }) => key).sort((left, right) => left - right);
  };

  it('has the vectors of every generation that it is asked for, of removals and collections made meanwhile too', async () => {
    await writer.ensureCollection(collectionSpec('made-later'), soon());
    for (let nth = 0; nth < 20; nth += 1) {
      const { generation, vector } = await put('made-later', `d${nth}`);
      expect(await keysFound('made-later', vector, generation)).toEqual([
        ...(await store.listKeys('made-later', soon())),
      ]);
    }
    const { generation } = await writer.apply('made-later', { remove: ['d3', 'd4'] }, soon());
    const vector = sampleDocument('d3', ['text of d3']).embeddings;
    expect(await keysFound('made-later', vector, generation)).toHaveLength(18);
  });

  it('catches up once for all who ask at once, again for a commit that comes meanwhile', async () => {
    await writer.ensureCollection(collectionSpec('busy'), soon());
    const asked: Promise<number[]>[] = [];
    for (let nth = 0; nth < 10; nth += 1) {
      const { generation, vector } = await put('busy', `d${nth}`);
      asked.push(keysFound('busy', vector, generation), keysFound('busy', vector, generation));
    }
    const found = await Promise.all(asked);
    found.forEach((keys, nth) => {
      expect(keys.length).toBeGreaterThanOrEqual(Math.floor(nth / 2) + 1);
    });
  });

  it('refuses every change', async () => {
    await expect(store.commit('busy', { put: [], keys: [], remove: [] }, soon())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await expect(index.remove('busy', [1], soon())).rejects.toMatchObject({ code: 'VECTOR_INDEX_UNAVAILABLE' });
  });

  it('notices by itself what the writer did, and tells its listeners', async () => {
    const follower = new CommitFollower({ store, vectorIndex: index, intervalMs: 10 });
    await follower.look();
    const changed: string[] = [];
    const end = store.onChange((collection) => changed.push(collection));
    const told = new Promise<void>((resolve) =>
      store.onChange(() => {
        resolve();
      }),
    );
    follower.start();
    await put('busy', 'noticed');
    await told;
    expect(changed).toEqual(['busy']);
    expect(await store.findCollection('busy', callContext(5_000))).toMatchObject({ documents: 11 });
    end();
    await follower.close();
  });
});
