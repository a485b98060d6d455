/** The jobs of a DocumentStore. */
import { soon } from './sample-documents';
import type { StoreUnderTest } from './store-under-test';

export function describeStoredJobs(current: StoreUnderTest): void {
  let nth = 0;

  describe('jobs', () => {
    const makeJob = async (kind: string, idempotencyKey?: string): Promise<string> =>
      (await current.store.createJob({ id: `job-${nth++}`, kind, input: { kind }, idempotencyKey }, soon())).job.id;

    it('hands each job out once, oldest first, only of the kinds asked for', async () => {
      const { store } = current;
      const kind = `kind-${nth++}`;
      const ids = [await makeJob(kind), await makeJob(kind), await makeJob(`${kind}-other`)];
      const claimed = await Promise.all([1, 2, 3].map(() => store.claimJob([kind], soon())));
      expect(claimed.map((job) => job?.id)).toEqual([ids[0], ids[1], undefined]);
      expect(claimed[0]).toMatchObject({ state: 'running', attempts: 1, input: { kind } });
    });

    it('answers a repeated idempotency key with the first job', async () => {
      const { store } = current;
      const key = `key-${nth++}`;
      const first = await makeJob('idempotent', key);
      expect(await makeJob('idempotent', key)).toBe(first);
      expect(await store.createJob({ id: first, kind: 'idempotent', input: {} }, soon())).toMatchObject({
        isNew: false,
      });
    });

    it('keeps progress and result, and lets an ended job be', async () => {
      const { store } = current;
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
      const { store, collection, origin } = current;
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

    it('counts the jobs of each kind and state', async () => {
      const { store } = current;
      const kind = `kind-${nth++}`;
      const [first] = [await makeJob(kind), await makeJob(kind), await makeJob(kind)];
      await store.claimJob([kind], soon());
      await store.updateJob(first, { state: 'succeeded' }, soon());
      const counts = (await store.countJobs(soon())).filter((entry) => entry.kind === kind);
      expect(counts).toEqual([
        { kind, state: 'queued', count: 2 },
        { kind, state: 'succeeded', count: 1 },
      ]);
    });

    it('puts the running jobs of a dead process back into the queue', async () => {
      const { store } = current;
      const kind = `kind-${nth++}`;
      const id = await makeJob(kind);
      await store.claimJob([kind], soon());
      expect(await store.requeueInterruptedJobs(soon())).toBeGreaterThanOrEqual(1);
      expect(await store.claimJob([kind], soon())).toMatchObject({ id, attempts: 2 });
    });
  });
}
