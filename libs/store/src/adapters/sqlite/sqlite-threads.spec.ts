import { once } from 'node:events';

import type { CallContext } from '@acervo/kernel';

import { dataFolder } from '../../../contract/data-folder';
import { collectionSpec, sampleDocument, soon } from '../../../contract/sample-documents';
import { createSqliteDocumentStore, type SqliteDocumentStore } from './sqlite-document-store';

describe('the threads of a store', () => {
  const folder = dataFolder();
  let store: SqliteDocumentStore;

  beforeAll(async () => {
    store = await createSqliteDocumentStore({ directory: folder.path, readers: 1, maxWaiting: 2 });
    await store.createCollection(collectionSpec('c'), soon());
  }, 60_000);
  afterAll(async () => {
    await store.close();
    folder.remove();
  });

  const commit = (context: CallContext): Promise<unknown> =>
    store.commit('c', { put: [], keys: [], remove: [] }, context);

  it('refuse more waiting calls than they may hold, at once', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => commit(soon())));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
  });

  it('drop a waiting call whose caller left, without doing its work', async () => {
    const before = (await store.findCollection('c', soon()))?.generation ?? NaN;
    const caller = new AbortController();
    const running = commit(soon());
    const waiting = commit({ ...soon(), signal: caller.signal });
    const last = commit(soon());
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    await Promise.all([running, last]);
    expect((await store.findCollection('c', soon()))?.generation).toBe(before + 2);
  });

  it('end a call with its deadline', async () => {
    const late = { signal: AbortSignal.timeout(0), deadlineMs: performance.now() };
    await once(late.signal, 'abort');
    await expect(commit(late)).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
  });

  it('answer reads while a commit runs', async () => {
    const texts = Array.from({ length: 400 }, (_, nth) => `chunk ${nth} with some words of its own`);
    const first = await store.reserveKeys(texts.length, soon());
    let isCommitted = false;
    const committing = store
      .commit(
        'c',
        { put: [sampleDocument('big', texts)], keys: texts.map((_, nth) => first + nth), remove: [] },
        soon(),
      )
      .then(() => (isCommitted = true));
    await store.findCollection('c', soon());
    expect(isCommitted).toBe(false);
    await committing;
    expect(await store.findDocument('c', 'big', soon())).toMatchObject({ chunks: 400 });
  });

  it('refuse calls after closing, and closing twice is harmless', async () => {
    const other = dataFolder();
    const closing = await createSqliteDocumentStore({ directory: other.path, readers: 1 });
    const running = closing.createCollection(collectionSpec('last'), soon());
    await closing.close();
    await closing.close();
    await expect(running).resolves.toMatchObject({ name: 'last' });
    await expect(closing.listCollections(soon())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    other.remove();
  });
});
