import { dataFolder } from '../contract/data-folder';
import { collectionSpec, sampleDocument, soon } from '../contract/sample-documents';
import { ScriptedVectorIndex } from '../contract/scripted-vector-index';
import { createSqliteDocumentStore, type SqliteDocumentStore } from './adapters/sqlite/sqlite-document-store';
import { CollectionWriter } from './collection-writer';

describe('CollectionWriter', () => {
  const folder = dataFolder();
  let store: SqliteDocumentStore;
  let vectors: ScriptedVectorIndex;
  let writer: CollectionWriter;
  let orphans: number[];
  let collection: string;
  let nth = 0;

  beforeAll(async () => {
    store = await createSqliteDocumentStore({ directory: folder.path, readers: 1 });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    folder.remove();
  });
  beforeEach(async () => {
    vectors = new ScriptedVectorIndex();
    orphans = [];
    writer = new CollectionWriter(store, vectors, { onOrphans: (_, keys) => orphans.push(...keys) });
    collection = `c${nth++}`;
    await writer.ensureCollection(collectionSpec(collection), soon());
  });

  const heldKeys = (): number[] => [...(vectors.held.get(collection) ?? [])].sort((left, right) => left - right);
  const visibleKeys = async (): Promise<number[]> => [...(await store.listKeys(collection, soon()))];

  it('keeps the vectors and the visible chunks the same set over puts, replacements and removals', async () => {
    await writer.apply(
      collection,
      { put: [sampleDocument('a', ['one', 'two']), sampleDocument('b', ['three'])] },
      soon(),
    );
    expect(heldKeys()).toEqual(await visibleKeys());
    expect(heldKeys()).toHaveLength(3);
    await writer.apply(collection, { put: [sampleDocument('a', ['new'])], remove: ['b'] }, soon());
    expect(heldKeys()).toEqual(await visibleKeys());
    expect(heldKeys()).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'leaves nothing behind when the index fails %s it took the vectors',
    async (when) => {
      vectors.failures.set('upsert', when);
      const change = writer.apply(collection, { put: [sampleDocument('a', ['one'])] }, soon());
      await expect(change).rejects.toMatchObject({ code: 'VECTOR_INDEX_UNAVAILABLE' });
      expect(heldKeys()).toEqual([]);
      expect(await visibleKeys()).toEqual([]);
      await writer.apply(collection, { put: [sampleDocument('a', ['one'])] }, soon());
      expect(heldKeys()).toEqual(await visibleKeys());
    },
  );

  it('takes the vectors back when the store refuses the commit', async () => {
    const broken = { ...sampleDocument('a', ['one']), embeddings: new Float32Array(1) };
    await expect(writer.apply(collection, { put: [broken] }, soon())).rejects.toThrow('1 floats for 1 chunks');
    expect(heldKeys()).toEqual([]);
  });

  it('takes the vectors back when the caller leaves before the commit', async () => {
    const caller = new AbortController();
    vectors.onUpsert = () => {
      caller.abort();
      return Promise.resolve();
    };
    const change = writer.apply(
      collection,
      { put: [sampleDocument('a', ['one'])] },
      { ...soon(), signal: caller.signal },
    );
    await expect(change).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(heldKeys()).toEqual([]);
    expect(await visibleKeys()).toEqual([]);
  });

  it('reports vectors that could not be dropped, and still counts the commit as done', async () => {
    await writer.apply(collection, { put: [sampleDocument('a', ['one'])] }, soon());
    const [old] = await visibleKeys();
    vectors.failures.set('remove', 'before');
    await expect(writer.apply(collection, { remove: ['a'] }, soon())).resolves.toMatchObject({
      removedDocuments: ['a'],
    });
    expect(orphans).toEqual([old]);
  });

  it('compares an index with the store once, and again when it may differ', async () => {
    const ensure = async (): Promise<number> => {
      await writer.ensureCollection(collectionSpec(collection), soon());
      return vectors.openings;
    };
    await writer.apply(collection, { put: [sampleDocument('a', ['one'])] }, soon());
    expect(await ensure()).toBe(1);
    vectors.failures.set('remove', 'before');
    await writer.apply(collection, { remove: ['a'] }, soon());
    expect(await ensure()).toBe(2);
    expect(await ensure()).toBe(2);
    // By another process.
    await store.deleteCollection(collection, soon());
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await ensure()).toBe(3);
    await writer.deleteCollection(collection, soon());
    vectors.failures.set('open', 'before');
    await expect(ensure()).rejects.toMatchObject({ code: 'VECTOR_INDEX_UNAVAILABLE' });
    expect(await ensure()).toBe(5);
    expect(await ensure()).toBe(5);
  });

  it('runs changes of one collection one after the other, and those of another beside them', async () => {
    const other = `${collection}-other`;
    await writer.ensureCollection(collectionSpec(other), soon());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let upserts = 0;
    vectors.onUpsert = () => (++upserts === 1 ? held : Promise.resolve());
    const first = writer.apply(collection, { put: [sampleDocument('a', ['first'])] }, soon());
    const second = writer.apply(collection, { put: [sampleDocument('a', ['second'])] }, soon());
    const beside = await writer.apply(other, { put: [sampleDocument('b', ['beside'])] }, soon());
    expect(beside.generation).toBeGreaterThan(0);
    expect(await visibleKeys()).toEqual([]);
    release();
    expect((await second).generation).toBe((await first).generation + 1);
    expect(await store.findText(collection, 'a', soon())).toBe('second');
  });

  it('refuses a collection that was built with other settings, and says how to mend it', async () => {
    const spec = { ...collectionSpec(collection), embeddingModel: 'other-model' };
    await expect(writer.ensureCollection(spec, soon())).rejects.toMatchObject({
      code: 'COLLECTION_OUTDATED',
      message: expect.stringContaining(`acervo reindex --collection ${collection}`) as string,
      params: { differences: ['model sample-model, now other-model'] },
    });
  });

  it('deletes and replaces collections on both sides', async () => {
    const rebuilt = `${collection}-rebuilt`;
    await writer.ensureCollection({ ...collectionSpec(rebuilt), embeddingModel: 'new' }, soon());
    await writer.apply(rebuilt, { put: [sampleDocument('a', ['one'])] }, soon());
    await writer.replaceCollection(collection, rebuilt, soon());
    expect(await store.findCollection(collection, soon())).toMatchObject({ embeddingModel: 'new', documents: 1 });
    expect(vectors.held.has(rebuilt)).toBe(false);
    expect(await writer.deleteCollection(collection, soon())).toBe(true);
    expect(vectors.held.has(collection)).toBe(false);
    expect(await writer.deleteCollection(collection, soon())).toBe(false);
  });

  it('waits for the copies of a text to go before it says that the text is removed', async () => {
    const told: string[] = [];
    const careful = new CollectionWriter(store, vectors, {
      afterRemoval: async (name) => {
        await new Promise(setImmediate);
        told.push(name);
      },
    });
    await careful.apply(collection, { put: [sampleDocument('a', ['one'])] }, soon());
    expect(told).toEqual([]);
    await careful.apply(collection, { put: [sampleDocument('a', ['new'])] }, soon());
    await careful.apply(collection, { remove: ['a'] }, soon());
    await careful.apply(collection, { remove: ['unknown'] }, soon());
    expect(told).toEqual([collection, collection]);
    await careful.deleteCollection(collection, soon());
    expect(told).toHaveLength(3);
  });
});
