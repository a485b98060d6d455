import { createServer, type Server, type Socket } from 'node:net';

import { callContext } from '@acervo/kernel';
import { isChromaServerSupported, startChromaServer, type ChromaServer } from '@acervo/testing';

import { soon } from '../../../contract/sample-documents';
import { itKeepsStoresApart } from '../../../contract/separate-stores';
import { sampleEntries, sampleVectors, VectorTruth, vectorSpec } from '../../../contract/vector-truth';
import type { VectorIndexNotice } from '../../vector-source';
import { ChromaVectorIndex } from './chroma-vector-index';

const spec = vectorSpec('sample');
const unavailable = { code: 'VECTOR_INDEX_UNAVAILABLE' };

(isChromaServerSupported ? describe : describe.skip)('ChromaVectorIndex on a server', () => {
  let server: ChromaServer;
  let truth: VectorTruth;
  let index: ChromaVectorIndex;
  let notices: VectorIndexNotice[];

  const start = (): ChromaVectorIndex =>
    new ChromaVectorIndex({
      ...{ url: server.url, source: truth },
      onNotice: (notice) => {
        notices.push(notice);
      },
    });

  beforeAll(async () => {
    server = await startChromaServer();
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(() => {
    notices = [];
    truth = new VectorTruth();
    index = start();
  });
  afterEach(async () => {
    await index.drop('sample', soon());
    await index.close();
  });

  it('refuses a collection of another model, and says how to mend it', async () => {
    await index.open(spec, soon());
    await expect(start().open(vectorSpec('sample', 'other/2'), soon())).rejects.toMatchObject({
      code: 'VECTOR_INDEX_MISMATCH',
      message: expect.stringContaining('acervo reindex') as string,
    });
  });

  it('takes more vectors than one request may hold, and pages through them when it opens', async () => {
    const entries = sampleEntries(11_000);
    const vectors = sampleVectors(11_000, 2);
    truth.commit('sample', entries, vectors);
    await index.open(spec, callContext(120_000));
    expect(notices).toEqual([{ kind: 'mended', collection: 'sample', reason: undefined, added: 11_000, removed: 0 }]);
    const again = start();
    await again.open(spec, soon());
    expect(notices).toHaveLength(1);
    await again.close();
  }, 120_000);

  it('makes and fills a collection again that somebody else removed', async () => {
    truth.commit('sample', sampleEntries(20), sampleVectors(20, 3));
    await index.open(spec, soon());
    const other = start();
    await other.drop('sample', soon());
    await other.close();
    const [hits = []] = await index.search('sample', [{ vector: sampleVectors(1, 3), limit: 20 }], soon());
    expect(hits).toHaveLength(20);
    expect(hits[0]?.key).toBe(1);
  });

  itKeepsStoresApart((source) => new ChromaVectorIndex({ url: server.url, source }));

  describe('that several processes write to', () => {
    const sharing = { graceMs: 60_000, sweepEveryMs: 0 };
    /** For this one every commit is overdue. */
    const impatient = { graceMs: 0, sweepEveryMs: 0 };
    const replica = (of: typeof sharing): ChromaVectorIndex =>
      new ChromaVectorIndex({ url: server.url, source: truth, sharing: of });
    const keysOf = async (of: ChromaVectorIndex): Promise<number[]> => {
      const [hits = []] = await of.search('sample', [{ vector: sampleVectors(1, 3), limit: 1_000 }], soon());
      return hits.map(({ key }) => key).sort((a, b) => a - b);
    };

    it('keeps what another process may still commit, and sweeps what a dead one left (A3)', async () => {
      const [dying, other, late] = [replica(sharing), replica(sharing), replica(impatient)];
      await dying.open(spec, soon());
      await dying.upsert('sample', sampleEntries(3), sampleVectors(3, 3), soon());
      await dying.close();
      await other.open(spec, soon());
      await other.sweep(soon());
      expect(await keysOf(other)).toEqual([1, 2, 3]);
      truth.commit('sample', sampleEntries(1, 2), sampleVectors(3, 3).slice(32, 64));
      await late.open(spec, soon());
      expect(await keysOf(late)).toEqual([2]);
      await Promise.all([other.close(), late.close()]);
    });

    it('holds one record a passage, whoever sends it and how often (A3)', async () => {
      const replicas = [replica(sharing), replica(sharing)];
      for (const one of replicas) await one.open(spec, soon());
      const send = async (one: ChromaVectorIndex): Promise<void> =>
        one.upsert('sample', sampleEntries(40), sampleVectors(40, 3), soon());
      await Promise.all([...replicas, ...replicas, ...replicas].map(send));
      expect(await keysOf(replicas[1] ?? index)).toEqual(sampleEntries(40).map(({ key }) => key));
      await Promise.all(replicas.map(async (one) => one.close()));
    });

    it('loses nothing of what is committed while others sweep', async () => {
      const [writing, sweeping] = [replica(sharing), replica(sharing)];
      await writing.open(spec, soon());
      await sweeping.open(spec, soon());
      const done = new AbortController();
      const sweeps = (async () => {
        while (!done.signal.aborted) await sweeping.sweep(soon());
      })();
      for (let from = 1; from <= 200; from += 10) {
        await writing.upsert('sample', sampleEntries(10, from), sampleVectors(10, from), soon());
        truth.commit('sample', sampleEntries(10, from), sampleVectors(10, from));
        if (from % 20 === 1) {
          truth.hide('sample', [from]);
          await writing.remove('sample', [from], soon());
        }
      }
      done.abort();
      await sweeps;
      // A vector that a sweep sent while its passage was removed goes when it is due.
      await sweeping.close();
      const last = replica(impatient);
      await last.open(spec, soon());
      expect(await keysOf(last)).toEqual([...(await truth.listKeys('sample'))].sort((a, b) => a - b));
      await Promise.all([writing.close(), last.close()]);
    });

    it('sweeps by itself from time to time', async () => {
      const dying = replica(sharing);
      await dying.open(spec, soon());
      await dying.upsert('sample', sampleEntries(3), sampleVectors(3, 3), soon());
      await dying.close();
      const swept = await new Promise<VectorIndexNotice>((resolve, reject) => {
        const living = new ChromaVectorIndex({
          ...{ url: server.url, source: truth },
          ...{ sharing: { graceMs: 1_500, sweepEveryMs: 200 } },
          onNotice: (notice) => {
            resolve(notice);
            void living.close();
          },
        });
        living.open(spec, soon()).catch(reject);
      });
      expect(swept).toMatchObject({ kind: 'mended', added: 0, removed: 3 });
    });
  });
});

describe('ChromaVectorIndex without a server', () => {
  let silent: Server;
  let url: string;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('fails within its own time when the server hangs, then leaves it alone', async () => {
    const index = new ChromaVectorIndex({ url, source: new VectorTruth(), requestTimeoutMs: 50, breakerFailures: 2 });
    await expect(index.open(spec, soon())).rejects.toMatchObject(unavailable);
    await expect(index.checkHealth(soon())).rejects.toMatchObject(unavailable);
    const connections = sockets.size;
    await expect(index.checkHealth(soon())).rejects.toMatchObject({
      ...unavailable,
      params: { retryAfterSeconds: 5 },
    });
    expect(sockets.size).toBe(connections);
    await index.close();
  });

  it('lets the caller go at the caller’s own deadline, and does not blame the server for it', async () => {
    const index = new ChromaVectorIndex({ url, source: new VectorTruth(), breakerFailures: 1 });
    const late = { code: 'REQUEST_DEADLINE_EXCEEDED' };
    await expect(index.checkHealth(callContext(30))).rejects.toMatchObject(late);
    await expect(index.checkHealth(callContext(30))).rejects.toMatchObject(late);
    await index.close();
  });

  it('refuses calls beyond its bound', async () => {
    const index = new ChromaVectorIndex({
      ...{ url, source: new VectorTruth(), requestTimeoutMs: 50 },
      ...{ maxParallelRequests: 1, maxWaitingRequests: 1 },
    });
    const codes = await Promise.all(
      [1, 2, 3].map(async () =>
        index.checkHealth(soon()).then(
          () => 'answered',
          (error: unknown) => (error as { code: string }).code,
        ),
      ),
    );
    expect(codes).toEqual(['VECTOR_INDEX_UNAVAILABLE', 'VECTOR_INDEX_UNAVAILABLE', 'SERVER_OVERLOADED']);
    await index.close();
  });

  it('does not count those who left among those who wait', async () => {
    const index = new ChromaVectorIndex({
      ...{ url, source: new VectorTruth(), requestTimeoutMs: 5_000 },
      ...{ maxParallelRequests: 1, maxWaitingRequests: 1 },
    });
    const hanging = index.checkHealth(callContext(300)).catch((error: unknown) => (error as { code: string }).code);
    for (let nth = 0; nth < 5; nth += 1) {
      const leaving = new AbortController();
      const left = index.checkHealth(callContext(5_000, leaving.signal));
      leaving.abort();
      await expect(left).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    }
    expect(await hanging).toBe('REQUEST_DEADLINE_EXCEEDED');
    await index.close();
  });

  it('says so when nobody listens', async () => {
    const index = new ChromaVectorIndex({ url: 'http://127.0.0.1:1', source: new VectorTruth() });
    await expect(index.checkHealth(soon())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('CHROMA_URL') as string,
    });
    await index.close();
  });
});
