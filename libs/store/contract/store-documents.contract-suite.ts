/** Collections, commits, embeddings and documents of a DocumentStore. */
import { analyseQuery } from '@acervo/language';

import { collectionSpec, commitDocuments, dimensions, sampleDocument, soon } from './sample-documents';
import type { StoreUnderTest } from './store-under-test';

export function describeStoredDocuments(current: StoreUnderTest): void {
  describe('collections', () => {
    it('shows what a collection was built with and its counts per language', async () => {
      const { store, collection, origin } = current;
      await commitDocuments(store, collection, [
        sampleDocument('a', ['one', 'two']),
        sampleDocument('b', ['três'], { language: 'pt' }),
      ]);
      expect(await store.findCollection(collection, soon())).toMatchObject({
        ...collectionSpec(collection),
        generation: origin + 1,
        documents: 2,
        chunks: 3,
        languages: { pt: 1, en: 2, other: 0 },
      });
    });

    it('has an id that stays, for what it keeps elsewhere', async () => {
      const id = await current.store.storeId(soon());
      expect(id).toMatch(/^[a-z0-9]{2,10}$/);
      expect(await current.store.storeId(soon())).toBe(id);
    });

    it('refuses a name that exists, and answers undefined for one that does not', async () => {
      const { store, collection } = current;
      await expect(store.createCollection(collectionSpec(collection), soon())).rejects.toMatchObject({
        code: 'COLLECTION_EXISTS',
      });
      expect(await store.findCollection('nowhere', soon())).toBeUndefined();
    });

    it('rejects with COLLECTION_NOT_FOUND where a collection is needed', async () => {
      const { store } = current;
      const calls = [
        store.commit('nowhere', { put: [], keys: [], remove: [] }, soon()),
        store.findDocument('nowhere', 'a', soon()),
        store.listKeys('nowhere', soon()),
        store.resolveFilter('nowhere', {}, soon()),
        store.searchLexical('nowhere', [], 10, undefined, soon()),
        store.fetchChunks('nowhere', [1], soon()),
      ];
      const outcomes = await Promise.allSettled(calls);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'COLLECTION_NOT_FOUND' } });
      }
    });

    it('never goes back to an old generation or to old keys when a name is used again', async () => {
      const { store, collection } = current;
      const before = await commitDocuments(store, collection, [sampleDocument('a', ['word'])]);
      expect(await store.deleteCollection(collection, soon())).toBe(true);
      expect(await store.deleteCollection(collection, soon())).toBe(false);
      const again = await store.createCollection(collectionSpec(collection), soon());
      expect(again).toMatchObject({ documents: 0, chunks: 0 });
      expect(again.generation).toBeGreaterThan(before.generation);
      const after = await commitDocuments(store, collection, [sampleDocument('a', ['word'])]);
      expect(Math.min(...after.keys)).toBeGreaterThan(Math.max(...before.keys));
      expect([...(await store.listKeys(collection, soon()))]).toEqual(after.keys);
    });

    it('shows without waiting what it knows, and never the state before a change of its own', async () => {
      const { store, collection } = current;
      await store.findCollection(collection, soon());
      const known = store.peekCollection(collection);
      const { generation } = await commitDocuments(store, collection, [sampleDocument('a', ['word'])]);
      expect([undefined, generation]).toContain(store.peekCollection(collection)?.generation);
      const found = await store.findCollection(collection, soon());
      expect([undefined, found]).toContainEqual(store.peekCollection(collection));
      expect(known?.generation ?? -1).toBeLessThan(generation);
      await store.deleteCollection(collection, soon());
      expect(store.peekCollection(collection)).toBeUndefined();
    });

    it('tells of each change before it is acknowledged, until nobody listens any more', async () => {
      const { store, collection } = current;
      const told: string[] = [];
      const stop = store.onChange((name) => told.push(name));
      await commitDocuments(store, collection, [sampleDocument('a', ['word'])]);
      expect(told).toEqual([collection]);
      const rebuilt = `${collection}-rebuilt`;
      await store.createCollection(collectionSpec(rebuilt), soon());
      await store.replaceCollection(collection, rebuilt, soon());
      expect(told.slice(1)).toEqual([rebuilt, collection, rebuilt]);
      await store.deleteCollection(collection, soon());
      expect(told.at(-1)).toBe(collection);
      stop();
      await store.createCollection(collectionSpec(collection), soon());
      expect(told).toHaveLength(5);
    });

    it('puts a rebuilt collection in the place of another with a higher generation', async () => {
      const { store, collection, origin } = current;
      await commitDocuments(store, collection, [sampleDocument('old', ['old'])]);
      const rebuilt = `${collection}-rebuilt`;
      await store.createCollection({ ...collectionSpec(rebuilt), embeddingModel: 'new-model' }, soon());
      const { keys } = await commitDocuments(store, rebuilt, [sampleDocument('new', ['fresh'])]);
      const replaced = await store.replaceCollection(collection, rebuilt, soon());
      expect(replaced).toMatchObject({
        name: collection,
        embeddingModel: 'new-model',
        documents: 1,
        generation: origin + 2,
      });
      expect(await store.findCollection(rebuilt, soon())).toBeUndefined();
      expect([...(await store.listKeys(collection, soon()))]).toEqual(keys);
      expect(await store.findDocument(collection, 'old', soon())).toBeUndefined();
    });
  });

  describe('commits', () => {
    it('shows a document with all its fields, its text and its chunks in the order asked for', async () => {
      const { store, collection } = current;
      const document = sampleDocument('a', ['first chunk', 'second 😀 chunk'], {
        date: '2026-05-01',
        metadata: { area: 'deploy', version: 2, tags: ['x', 'y'], draft: false, note: null },
      });
      const { keys } = await commitDocuments(store, collection, [document]);
      const record = await store.findDocument(collection, 'a', soon());
      expect(record).toMatchObject({
        collection,
        id: 'a',
        source: 'docs/a.md',
        date: '2026-05-01',
        metadata: document.metadata,
        chunks: 2,
        characters: document.text.length,
      });
      const text = await store.findText(collection, 'a', soon());
      expect(text).toBe(document.text);
      const chunks = await store.fetchChunks(collection, [...keys].reverse(), soon());
      expect(chunks.map(({ text: chunk }) => chunk)).toEqual(['second 😀 chunk', 'first chunk']);
      expect(chunks[0]).toMatchObject({
        key: keys[1],
        ordinal: 1,
        headings: ['Top'],
        page: undefined,
        document: record,
      });
      for (const chunk of chunks) expect(text?.slice(chunk.start, chunk.end)).toBe(chunk.text);
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(2);
    });

    it('replaces a document whole, keeps when it came, and names the keys that vanished', async () => {
      const { store, collection, origin } = current;
      const first = await commitDocuments(store, collection, [sampleDocument('a', ['alpha', 'beta'])]);
      const before = await store.findDocument(collection, 'a', soon());
      const second = await commitDocuments(store, collection, [sampleDocument('a', ['gamma'])]);
      expect(second).toMatchObject({ generation: origin + 2, removedKeys: first.keys, removedDocuments: [] });
      expect(await store.findDocument(collection, 'a', soon())).toMatchObject({
        chunks: 1,
        createdAt: before?.createdAt,
      });
      expect(await store.fetchChunks(collection, first.keys, soon())).toEqual([]);
      expect(
        (await store.searchLexical(collection, analyseQuery('alpha', ['en']), 10, undefined, soon())).hits,
      ).toEqual([]);
    });

    it('removes documents, ignores unknown ids, and grows the generation even for nothing', async () => {
      const { store, collection, origin } = current;
      const { keys } = await commitDocuments(store, collection, [sampleDocument('a', ['alpha'])]);
      expect(await commitDocuments(store, collection, [], ['a', 'unknown'])).toMatchObject({
        generation: origin + 2,
        removedKeys: keys,
        removedDocuments: ['a'],
      });
      expect(await commitDocuments(store, collection, [])).toMatchObject({ generation: origin + 3, removedKeys: [] });
      expect(await store.findText(collection, 'a', soon())).toBeUndefined();
      expect(await store.findCollection(collection, soon())).toMatchObject({ documents: 0, chunks: 0 });
    });

    it('takes the later of two documents with one id and gives back the keys of the other', async () => {
      const { store, collection } = current;
      const { keys, removedKeys } = await commitDocuments(store, collection, [
        sampleDocument('a', ['alpha']),
        sampleDocument('a', ['beta']),
      ]);
      expect(removedKeys).toEqual([keys[0]]);
      expect([...(await store.listKeys(collection, soon()))]).toEqual([keys[1]]);
    });

    it('changes nothing when keys and chunks do not go together', async () => {
      const { store, collection, origin } = current;
      const document = sampleDocument('a', ['alpha', 'beta']);
      await expect(store.commit(collection, { put: [document], keys: [1], remove: [] }, soon())).rejects.toThrow();
      const short = { ...document, embeddings: new Float32Array(dimensions) };
      await expect(commitDocuments(store, collection, [short])).rejects.toThrow();
      expect(await store.findCollection(collection, soon())).toMatchObject({ generation: origin, documents: 0 });
      await commitDocuments(store, collection, [document]);
      expect(
        (await store.searchLexical(collection, analyseQuery('alpha', ['en']), 10, undefined, soon())).hits,
      ).toHaveLength(1);
    });

    it('gives concurrent writers different keys', async () => {
      const { store } = current;
      const counts = [3, 1, 5, 2, 4];
      const firsts = await Promise.all(counts.map((count) => store.reserveKeys(count, soon())));
      const keys = firsts.flatMap((first, writer) => Array.from({ length: counts[writer] ?? 0 }, (_, i) => first + i));
      expect(new Set(keys).size).toBe(15);
      expect(Math.min(...keys)).toBeGreaterThan(0);
    });
  });

  describe('embeddings', () => {
    it('finds them by passage hash and by key, in order, with NaN for what is not visible', async () => {
      const { store, collection } = current;
      const document = sampleDocument('a', ['alpha', 'beta', 'gamma']);
      const { keys } = await commitDocuments(store, collection, [document]);
      const found = await store.findEmbeddings(collection, ['hash of beta', 'hash of nothing'], soon());
      expect([...found.keys()]).toEqual(['hash of beta']);
      expect(found.get('hash of beta')).toEqual(Float32Array.of(0, 1, 0, 0));
      const rows = await store.fetchEmbeddings(collection, [keys[2] ?? 0, 999_999, keys[0] ?? 0], soon());
      expect([...rows]).toEqual([0, 0, 1, 0, NaN, NaN, NaN, NaN, 1, 0, 0, 0]);
    });

    it('keeps the collections apart', async () => {
      const { store, collection } = current;
      const { keys } = await commitDocuments(store, collection, [sampleDocument('a', ['alpha'])]);
      const other = `${collection}-other`;
      await store.createCollection(collectionSpec(other), soon());
      expect(await store.fetchChunks(other, keys, soon())).toEqual([]);
      expect([...(await store.fetchEmbeddings(other, keys, soon()))]).toEqual([NaN, NaN, NaN, NaN]);
      expect((await store.findEmbeddings(other, ['hash of alpha'], soon())).size).toBe(0);
      expect((await store.searchLexical(other, analyseQuery('alpha', ['en']), 10, undefined, soon())).hits).toEqual([]);
      expect(await store.scoreLexical(other, analyseQuery('alpha', ['en']), keys, soon())).toEqual([0]);
    });
  });

  describe('documents', () => {
    it('lists them page by page in order of id, narrowed by a literal source prefix', async () => {
      const { store, collection } = current;
      const ids = ['e', 'b', 'd', 'a', 'c'];
      await commitDocuments(store, collection, [
        ...ids.map((id) => sampleDocument(id, ['text'])),
        sampleDocument('z', ['text'], { source: 'docs_%/z.md' }),
      ]);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listDocuments(collection, { cursor, limit: 2, sourcePrefix: 'docs/' }, soon());
        seen.push(...page.documents.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
      const literal = await store.listDocuments(collection, { limit: 10, sourcePrefix: 'docs_%' }, soon());
      expect(literal.documents.map(({ id }) => id)).toEqual(['z']);
      expect(literal.cursor).toBeUndefined();
    });

    it('finds a document by its content', async () => {
      const { store, collection } = current;
      await commitDocuments(store, collection, [sampleDocument('a', ['x'], { contentHash: 'same' })]);
      expect(await store.findByContentHash(collection, 'same', soon())).toMatchObject({ id: 'a' });
      expect(await store.findByContentHash(collection, 'other', soon())).toBeUndefined();
    });
  });

  describe('calls', () => {
    it('end with their context', async () => {
      const { store, collection } = current;
      const ended = { signal: AbortSignal.abort(), deadlineMs: performance.now() + 1_000 };
      await expect(store.findCollection(collection, ended)).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    });

    it('say that the store is well', async () => {
      const { store } = current;
      await expect(store.checkHealth(soon())).resolves.toBeUndefined();
    });
  });
}
