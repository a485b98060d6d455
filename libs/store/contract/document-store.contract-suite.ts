/** What every DocumentStore must do. One store serves all tests; each test has a collection of its own. */
import { analyseQuery } from '@acervo/language';

import type { DocumentStore } from '../src/document-store';
import type { ChunkFilter } from '../src/model';
import { collectionSpec, commitDocuments, dimensions, sampleDocument, soon } from './sample-documents';

export interface OpenStore {
  readonly store: DocumentStore;
  readonly stop: () => Promise<void>;
}

export function describeDocumentStoreContract(technology: string, make: () => Promise<OpenStore>): void {
  describe(`DocumentStore on ${technology}`, () => {
    let opened: OpenStore;
    let store: DocumentStore;
    let collection: string;
    /** Generation of the collection when it was made. */
    let origin: number;
    let nth = 0;

    beforeAll(async () => {
      opened = await make();
      store = opened.store;
    });
    afterAll(async () => {
      await opened.stop();
    });
    beforeEach(async () => {
      collection = `sample-${nth++}`;
      ({ generation: origin } = await store.createCollection(collectionSpec(collection), soon()));
    });

    describe('collections', () => {
      it('shows what a collection was built with and its counts per language', async () => {
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

      it('refuses a name that exists, and answers undefined for one that does not', async () => {
        await expect(store.createCollection(collectionSpec(collection), soon())).rejects.toMatchObject({
          code: 'COLLECTION_EXISTS',
        });
        expect(await store.findCollection('nowhere', soon())).toBeUndefined();
      });

      it('rejects with COLLECTION_NOT_FOUND where a collection is needed', async () => {
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

      it('puts a rebuilt collection in the place of another with a higher generation', async () => {
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
        const { keys, removedKeys } = await commitDocuments(store, collection, [
          sampleDocument('a', ['alpha']),
          sampleDocument('a', ['beta']),
        ]);
        expect(removedKeys).toEqual([keys[0]]);
        expect([...(await store.listKeys(collection, soon()))]).toEqual([keys[1]]);
      });

      it('changes nothing when keys and chunks do not go together', async () => {
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
        const counts = [3, 1, 5, 2, 4];
        const firsts = await Promise.all(counts.map((count) => store.reserveKeys(count, soon())));
        const keys = firsts.flatMap((first, writer) =>
          Array.from({ length: counts[writer] ?? 0 }, (_, i) => first + i),
        );
        expect(new Set(keys).size).toBe(15);
        expect(Math.min(...keys)).toBeGreaterThan(0);
      });
    });

    describe('embeddings', () => {
      it('finds them by passage hash and by key, in order, with NaN for what is not visible', async () => {
        const document = sampleDocument('a', ['alpha', 'beta', 'gamma']);
        const { keys } = await commitDocuments(store, collection, [document]);
        const found = await store.findEmbeddings(collection, ['hash of beta', 'hash of nothing'], soon());
        expect([...found.keys()]).toEqual(['hash of beta']);
        expect(found.get('hash of beta')).toEqual(Float32Array.of(0, 1, 0, 0));
        const rows = await store.fetchEmbeddings(collection, [keys[2] ?? 0, 999_999, keys[0] ?? 0], soon());
        expect([...rows]).toEqual([0, 0, 1, 0, NaN, NaN, NaN, NaN, 1, 0, 0, 0]);
      });

      it('keeps the collections apart', async () => {
        const { keys } = await commitDocuments(store, collection, [sampleDocument('a', ['alpha'])]);
        const other = `${collection}-other`;
        await store.createCollection(collectionSpec(other), soon());
        expect(await store.fetchChunks(other, keys, soon())).toEqual([]);
        expect([...(await store.fetchEmbeddings(other, keys, soon()))]).toEqual([NaN, NaN, NaN, NaN]);
        expect((await store.findEmbeddings(other, ['hash of alpha'], soon())).size).toBe(0);
        expect((await store.searchLexical(other, analyseQuery('alpha', ['en']), 10, undefined, soon())).hits).toEqual(
          [],
        );
        expect(await store.scoreLexical(other, analyseQuery('alpha', ['en']), keys, soon())).toEqual([0]);
      });
    });

    describe('documents', () => {
      it('lists them page by page in order of id, narrowed by a literal source prefix', async () => {
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
        await commitDocuments(store, collection, [sampleDocument('a', ['x'], { contentHash: 'same' })]);
        expect(await store.findByContentHash(collection, 'same', soon())).toMatchObject({ id: 'a' });
        expect(await store.findByContentHash(collection, 'other', soon())).toBeUndefined();
      });
    });

    describe('filters', () => {
      const filters: readonly [string, ChunkFilter, readonly string[]][] = [
        ['everything', {}, ['a', 'b', 'c']],
        ['document types', { docTypes: ['pdf', 'html'] }, ['b']],
        ['languages', { languages: ['pt'] }, ['b']],
        ['a source prefix', { sourcePrefix: 'docs/' }, ['a', 'b', 'c']],
        ['a prefix with % taken literally', { sourcePrefix: 'd%' }, []],
        ['dates, both ends inclusive', { dateFrom: '2026-01-01', dateTo: '2026-02-01' }, ['a', 'b']],
        ['$eq', { metadata: [{ field: 'v', operator: '$eq', value: 2 }] }, ['a']],
        ['$eq by type', { metadata: [{ field: 'v', operator: '$eq', value: '2' }] }, ['b']],
        ['$gte', { metadata: [{ field: 'v', operator: '$gte', value: 2 }] }, ['a']],
        ['$ne with the field missing', { metadata: [{ field: 'v', operator: '$ne', value: 2 }] }, ['b', 'c']],
        ['$in an element of a list', { metadata: [{ field: 'tags', operator: '$in', value: ['y', 'q'] }] }, ['a']],
        ['$nin', { metadata: [{ field: 'tags', operator: '$nin', value: ['x'] }] }, ['b', 'c']],
        ['booleans', { metadata: [{ field: 'ok', operator: '$eq', value: true }] }, ['c']],
        ['a number that is no boolean', { metadata: [{ field: 'ok', operator: '$eq', value: 1 }] }, []],
        ['several at once', { docTypes: ['markdown'], dateFrom: '2026-01-01' }, ['a']],
      ];
      it.each(filters)('narrows by %s', async (_, filter, expected) => {
        await commitDocuments(store, collection, [
          sampleDocument('a', ['one', 'two'], { date: '2026-01-01', metadata: { v: 2, tags: ['x', 'y'] } }),
          sampleDocument('b', ['um'], { date: '2026-02-01', docType: 'pdf', language: 'pt', metadata: { v: '2' } }),
          sampleDocument('c', ['three'], { metadata: { ok: true } }),
        ]);
        const keys = await store.resolveFilter(collection, filter, soon());
        expect([...keys]).toEqual([...keys].sort((left, right) => left - right));
        const chunks = await store.fetchChunks(collection, [...keys], soon());
        expect([...new Set(chunks.map(({ document }) => document.id))]).toEqual(expected);
      });
    });

    describe('lexical search', () => {
      const query = analyseQuery('docker volumes', ['en', 'pt']);

      beforeEach(async () => {
        await commitDocuments(store, collection, [
          sampleDocument('a', ['docker volumes keep data', 'a volume of poems', 'nothing of the kind here']),
          sampleDocument('b', ['docker images and docker networks and docker compose']),
          ...Array.from({ length: 20 }, (_, n) => sampleDocument(`filler-${n}`, [`filler number ${n} about cooking`])),
        ]);
      });

      it('ranks chunks that hold more of the terms first, with scores inside 0..Σ idf', async () => {
        const { hits, idfSum } = await store.searchLexical(collection, query, 10, undefined, soon());
        const chunks = await store.fetchChunks(
          collection,
          hits.map(({ key }) => key),
          soon(),
        );
        expect(chunks.map(({ text }) => text)).toEqual([
          'docker volumes keep data',
          'docker images and docker networks and docker compose',
          'a volume of poems',
        ]);
        for (const { score } of hits) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(idfSum);
        }
      });

      it('gives scoreLexical the scores of searchLexical, and 0 where no term occurs', async () => {
        const { hits } = await store.searchLexical(collection, query, 10, undefined, soon());
        const keys = await store.listKeys(collection, soon());
        const scores = await store.scoreLexical(collection, query, [...keys], soon());
        const expected = [...keys].map((key) => hits.find((hit) => hit.key === key)?.score ?? 0);
        scores.forEach((score, at) => {
          expect(score).toBeCloseTo(expected[at] ?? NaN, 9);
        });
      });

      it('stays within the allowed chunks and the limit', async () => {
        const all = await store.searchLexical(collection, query, 10, undefined, soon());
        const allowed = Uint32Array.from(all.hits.slice(1), ({ key }) => key).sort();
        const narrowed = await store.searchLexical(collection, query, 10, allowed, soon());
        expect(narrowed.hits.map(({ key }) => key)).toEqual(all.hits.slice(1).map(({ key }) => key));
        expect(narrowed.idfSum).toBe(all.idfSum);
        expect((await store.searchLexical(collection, query, 1, undefined, soon())).hits).toHaveLength(1);
        expect((await store.searchLexical(collection, query, 10, new Uint32Array(), soon())).hits).toEqual([]);
      });

      it('counts terms that nobody has seen in Σ idf, and answers no terms with nothing', async () => {
        const seen = await store.searchLexical(collection, query, 10, undefined, soon());
        const more = [...query, ...analyseQuery('xylophone', ['en'])];
        const unseen = await store.searchLexical(collection, more, 10, undefined, soon());
        expect(unseen.idfSum).toBeGreaterThan(seen.idfSum);
        expect(await store.searchLexical(collection, [], 10, undefined, soon())).toEqual({ hits: [], idfSum: 0 });
      });

      it('finds other forms of a word, the exact form first', async () => {
        await commitDocuments(store, collection, [
          sampleDocument('pt', ['as configurações ficam', 'a configuração fica'], { language: 'pt' }),
        ]);
        const terms = analyseQuery('configuracao', ['pt']);
        const { hits } = await store.searchLexical(collection, terms, 10, undefined, soon());
        const chunks = await store.fetchChunks(
          collection,
          hits.map(({ key }) => key),
          soon(),
        );
        expect(chunks.map(({ text }) => text)).toEqual(['a configuração fica', 'as configurações ficam']);
      });
    });

    describe('jobs', () => {
      const makeJob = async (kind: string, idempotencyKey?: string): Promise<string> =>
        (await store.createJob({ id: `job-${nth++}`, kind, input: { kind }, idempotencyKey }, soon())).job.id;

      it('hands each job out once, oldest first, only of the kinds asked for', async () => {
        const kind = `kind-${nth++}`;
        const ids = [await makeJob(kind), await makeJob(kind), await makeJob(`${kind}-other`)];
        const claimed = await Promise.all([1, 2, 3].map(() => store.claimJob([kind], soon())));
        expect(claimed.map((job) => job?.id)).toEqual([ids[0], ids[1], undefined]);
        expect(claimed[0]).toMatchObject({ state: 'running', attempts: 1, input: { kind } });
      });

      it('answers a repeated idempotency key with the first job', async () => {
        const key = `key-${nth++}`;
        const first = await makeJob('idempotent', key);
        expect(await makeJob('idempotent', key)).toBe(first);
        expect(await store.createJob({ id: first, kind: 'idempotent', input: {} }, soon())).toMatchObject({
          isNew: false,
        });
      });

      it('keeps progress and result, and lets an ended job be', async () => {
        const id = await makeJob('progress');
        await store.updateJob(id, { progress: { done: 1, total: 2, unit: 'chunks' } }, soon());
        await store.updateJob(id, { state: 'succeeded', result: { answer: [1, null] } }, soon());
        expect(await store.findJob(id, soon())).toMatchObject({
          state: 'succeeded',
          progress: { done: 1, total: 2, unit: 'chunks' },
          result: { answer: [1, null] },
        });
        await expect(store.updateJob(id, { state: 'cancelled' }, soon())).rejects.toMatchObject({
          code: 'JOB_ALREADY_ENDED',
        });
        await expect(store.updateJob('none', {}, soon())).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
        expect(await store.findJob('none', soon())).toBeUndefined();
      });

      it('cancels the open jobs of a document, or of a collection: what they commit later is refused', async () => {
        const kind = `kind-${nth++}`;
        const target = (document: string) => ({ collection, document });
        const ids = ['running', 'waiting', 'ended', 'other'].map((name) => `${name}-${nth++}`);
        const [running = '', waiting = '', ended = '', other = ''] = ids;
        for (const [at, id] of [ended, running, waiting, other].entries()) {
          await store.createJob({ id, kind, input: {}, target: target(at === 3 ? 'b' : 'a') }, soon());
        }
        await store.claimJob([kind], soon());
        await store.updateJob(ended, { state: 'succeeded' }, soon());
        await store.claimJob([kind], soon());
        const commit = () => store.commit(collection, { put: [], keys: [], remove: [], job: running }, soon());
        await expect(commit()).resolves.toMatchObject({ generation: origin + 1 });

        const cancelled = await store.cancelJobs(target('a'), { code: 'JOB_CANCELLED' }, soon());
        expect([...cancelled].sort()).toEqual([running, waiting].sort());
        await expect(commit()).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
        expect(await store.findCollection(collection, soon())).toMatchObject({ generation: origin + 1 });
        expect(await store.findJob(waiting, soon())).toMatchObject({
          state: 'cancelled',
          problem: { code: 'JOB_CANCELLED' },
        });
        expect(await store.findJob(ended, soon())).toMatchObject({ state: 'succeeded' });
        expect(await store.cancelJobs({ collection }, {}, soon())).toEqual([other]);
        expect(await store.cancelJobs({ collection }, {}, soon())).toEqual([]);
      });

      it('puts the running jobs of a dead process back into the queue', async () => {
        const kind = `kind-${nth++}`;
        const id = await makeJob(kind);
        await store.claimJob([kind], soon());
        expect(await store.requeueInterruptedJobs(soon())).toBeGreaterThanOrEqual(1);
        expect(await store.claimJob([kind], soon())).toMatchObject({ id, attempts: 2 });
      });
    });

    describe('calls', () => {
      it('end with their context', async () => {
        const ended = { signal: AbortSignal.abort(), deadlineMs: performance.now() + 1_000 };
        await expect(store.findCollection(collection, ended)).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      });

      it('say that the store is well', async () => {
        await expect(store.checkHealth(soon())).resolves.toBeUndefined();
      });
    });
  });
}
