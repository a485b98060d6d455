import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { soon } from '../../../contract/sample-documents';
import { itKeepsStoresApart } from '../../../contract/separate-stores';
import {
  exactKeys,
  rowOf,
  sampleEntries,
  sampleVectors,
  VectorTruth,
  vectorSpec,
} from '../../../contract/vector-truth';
import { PgvectorIndex } from './pgvector-index';

const spec = vectorSpec('sample');

describeWithPostgres('PgvectorIndex of many processes', () => {
  let server: PostgresServer;
  let url: string;
  let truth: VectorTruth;
  let indexes: PgvectorIndex[];

  const start = (graceMs?: number): PgvectorIndex => {
    const sharing = graceMs === undefined ? undefined : { graceMs, sweepEveryMs: 0 };
    const index = new PgvectorIndex({ database: { url, maxConnections: 3 }, source: truth, sharing });
    indexes.push(index);
    return index;
  };

  beforeAll(async () => {
    server = await startPostgresServer({ isDurable: false });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(() => {
    url = server.createDatabase().url;
    truth = new VectorTruth();
    indexes = [];
  });
  afterEach(async () => {
    for (const index of indexes) await index.close();
  });

  it('searches a collection that another one made, without opening it', async () => {
    const [maker, other] = [start(), start()];
    await maker.open(spec, soon());
    await maker.upsert('sample', sampleEntries(3), sampleVectors(3, 1), soon());
    const [hits = []] = await other.search('sample', [{ vector: rowOf(sampleVectors(3, 1), 1), limit: 1 }], soon());
    expect(hits).toMatchObject([{ key: 2 }]);
  });

  itKeepsStoresApart((source) => new PgvectorIndex({ database: { url, maxConnections: 3 }, source }));

  it('opens once when all start at the same time', async () => {
    const entries = sampleEntries(50);
    truth.commit('sample', entries, sampleVectors(50, 1));
    const all = [start(60_000), start(60_000), start(60_000), start(60_000)];
    await Promise.all(all.map(async (index) => index.open(spec, soon())));
    const [hits = []] = await start().search('sample', [{ vector: sampleVectors(1, 9), limit: 100 }], soon());
    expect(hits).toHaveLength(50);
  });

  it('leaves what another one is about to commit, and sweeps it when it never comes', async () => {
    const [writer, other, later] = [start(60_000), start(60_000), start(0)];
    await writer.open(spec, soon());
    await writer.upsert('sample', sampleEntries(5), sampleVectors(5, 1), soon());
    const count = async (): Promise<number> => {
      const [hits = []] = await writer.search('sample', [{ vector: sampleVectors(1, 9), limit: 10 }], soon());
      return hits.length;
    };
    await other.open(spec, soon());
    expect(await count()).toBe(5);
    await later.open(spec, soon());
    expect(await count()).toBe(0);
  });

  it('refuses vectors of another model', async () => {
    await start().open(spec, soon());
    await expect(start().open(vectorSpec('sample', 'other/1'), soon())).rejects.toMatchObject({
      code: 'VECTOR_INDEX_MISMATCH',
    });
  });

  it('is unavailable while the database is away, and goes on when it is back', async () => {
    const index = start();
    await index.open(spec, soon());
    await server.kill();
    const search = async (): Promise<unknown> =>
      index.search('sample', [{ vector: sampleVectors(1, 1), limit: 1 }], soon());
    await expect(search()).rejects.toMatchObject({ code: 'VECTOR_INDEX_UNAVAILABLE' });
    await server.restart();
    expect(await search()).toEqual([[]]);
  }, 30_000);

  it('finds most of the nearest by its graph, whatever part of the collection a filter admits', async () => {
    const count = 12_000;
    const [entries, vectors] = [sampleEntries(count), sampleVectors(count, 3)];
    truth.commit('sample', entries, vectors);
    const index = start();
    await index.open(spec, soon());
    const found = { all: 0, half: 0 };
    for (let nth = 0; nth < 20; nth++) {
      const query = sampleVectors(1, 1_000 + nth);
      const admitted = entries.filter(({ language }) => language === 'pt');
      const narrowing = { filter: {}, keys: Uint32Array.from(admitted, ({ key }) => key) };
      const [all = []] = await index.search('sample', [{ vector: query, limit: 10 }], soon());
      const [half = []] = await index.search('sample', [{ vector: query, limit: 10, narrowing }], soon());
      const wanted = exactKeys(entries, vectors, query, 10);
      const wantedHalf = exactKeys(entries, vectors, query, 10, ({ language }) => language === 'pt');
      found.all += all.filter(({ key }) => wanted.includes(key)).length;
      found.half += half.filter(({ key }) => wantedHalf.includes(key)).length;
    }
    expect(found.all).toBeGreaterThan(180);
    expect(found.half).toBeGreaterThan(180);
  }, 120_000);
});
