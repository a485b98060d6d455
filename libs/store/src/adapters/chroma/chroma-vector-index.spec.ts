import { createServer, type Server, type Socket } from 'node:net';

import { callContext } from '@acervo/kernel';
import { isChromaServerSupported, startChromaServer, type ChromaServer } from '@acervo/testing';

import { soon } from '../../../contract/sample-documents';
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

  it('says so when nobody listens', async () => {
    const index = new ChromaVectorIndex({ url: 'http://127.0.0.1:1', source: new VectorTruth() });
    await expect(index.checkHealth(soon())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('CHROMA_URL') as string,
    });
    await index.close();
  });
});
