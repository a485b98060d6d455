import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';

import { dataFolder } from '../../../contract/data-folder';
import { soon } from '../../../contract/sample-documents';
import {
  dimensions,
  exactKeys,
  sampleEntries,
  sampleVectors,
  VectorTruth,
  vectorSpec,
} from '../../../contract/vector-truth';
import type { VectorIndexNotice } from '../../vector-source';
import { EmbeddedVectorIndex, type EmbeddedVectorIndexOptions } from './embedded-vector-index';

const count = 200;
const entries = sampleEntries(count);
const vectors = sampleVectors(count, 5);
const query = sampleVectors(1, 6);
const spec = vectorSpec('sample');

describe('EmbeddedVectorIndex', () => {
  /** A whole snapshot, copied for each test. */
  let saved: ReturnType<typeof dataFolder>;
  let folder: ReturnType<typeof dataFolder>;
  let truth: VectorTruth;
  let notices: VectorIndexNotice[];
  let index: EmbeddedVectorIndex;

  const start = (options: Partial<EmbeddedVectorIndexOptions> = {}): void => {
    notices = [];
    index = new EmbeddedVectorIndex({
      ...{ directory: folder.path, source: truth, graphFromRows: 50, scanUpToRows: 20 },
      onNotice: (notice) => {
        notices.push(notice);
      },
      ...options,
    });
  };
  const files = (): string => join(folder.path, readdirSync(folder.path)[0] ?? '');
  const file = (kind: string): string =>
    join(files(), readdirSync(files()).find((name) => name.endsWith(kind)) ?? `no ${kind}`);
  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(path, bytes);
  };
  const expectRightAnswer = async (): Promise<void> => {
    const [hits = []] = await index.search('sample', [{ vector: query, limit: 10 }], soon());
    expect(hits.map(({ key }) => key)).toEqual(exactKeys(entries, vectors, query, 10));
  };
  const untilGraphIsWhole = async (): Promise<void> => {
    while ((await index.status('sample', soon())).rowsInGraph < count);
  };

  beforeAll(async () => {
    folder = saved = dataFolder();
    truth = new VectorTruth();
    truth.commit('sample', entries, vectors);
    start();
    await index.open(spec, soon());
    await untilGraphIsWhole();
    await index.close();
  });
  afterAll(() => {
    saved.remove();
  });
  beforeEach(() => {
    truth = new VectorTruth();
    truth.commit('sample', entries, vectors);
    folder = dataFolder();
    cpSync(saved.path, folder.path, { recursive: true });
  });
  afterEach(async () => {
    await index.close();
    folder.remove();
  });

  it('loads its snapshot, graph and all, without asking for a single embedding', async () => {
    start({
      source: { listKeys: async () => truth.listKeys('sample'), fetchEmbeddings: () => Promise.reject(new Error()) },
    });
    await index.open(spec, soon());
    await expectRightAnswer();
    expect(notices).toEqual([]);
    expect(await index.status('sample', soon())).toMatchObject({ rows: count, rowsInGraph: count, isSaved: true });
  });

  it.each<[string, () => void, RegExp]>([
    [
      'rows cut',
      () => {
        truncateSync(file('.rows'), 1_000);
      },
      /rows are cut/,
    ],
    [
      'rows with more at the end',
      () => {
        appendFileSync(file('.rows'), 'x');
      },
      /rows are cut/,
    ],
    [
      'no bytes in rows',
      () => {
        truncateSync(file('.rows'), 0);
      },
      /rows are cut/,
    ],
    [
      'a bit flipped in the keys',
      () => {
        flip(file('.rows'), 6);
      },
      /damaged|key list/,
    ],
    [
      'a bit flipped in the graph’s list',
      () => {
        flip(file('.rows'), count * 4 + 7);
      },
      /rows are damaged/,
    ],
    [
      'a bit flipped in a vector',
      () => {
        flip(file('.rows'), count * 5 + 999);
      },
      /rows are damaged/,
    ],
    [
      'rows missing',
      () => {
        rmSync(file('.rows'));
      },
      /ENOENT/,
    ],
    [
      'a graph cut',
      () => {
        truncateSync(file('.graph'), 500);
      },
      /graph is built again: its file is damaged/,
    ],
    [
      'a bit flipped in the graph',
      () => {
        flip(file('.graph'), 700);
      },
      /graph is built again: its file is damaged/,
    ],
    [
      'a graph missing',
      () => {
        rmSync(file('.graph'));
      },
      /graph is built again: its file is missing/,
    ],
    [
      'a bit flipped in the manifest',
      () => {
        flip(file('manifest.json'), 30);
      },
      /manifest is damaged|JSON/,
    ],
    [
      'an empty manifest',
      () => {
        truncateSync(file('manifest.json'), 0);
      },
      /JSON/,
    ],
    [
      'a manifest of something else',
      () => {
        writeFileSync(file('manifest.json'), 'null');
      },
      /manifest is damaged/,
    ],
    [
      'a manifest missing',
      () => {
        rmSync(file('manifest.json'));
      },
      /ENOENT/,
    ],
    [
      'nothing at all',
      () => {
        rmSync(files(), { recursive: true });
      },
      /no snapshot/,
    ],
  ])('answers right and says why it rebuilt, with %s', async (_, damage, reason) => {
    damage();
    start();
    await index.open(spec, soon());
    await expectRightAnswer();
    await untilGraphIsWhole();
    await expectRightAnswer();
    expect(notices).toEqual([
      expect.objectContaining({ kind: 'mended', reason: expect.stringMatching(reason) as string }),
    ]);
  });

  it('mends its files along with itself', async () => {
    flip(file('.rows'), count * 5 + 999);
    start();
    await index.open(spec, soon());
    await index.close();
    start();
    await index.open(spec, soon());
    expect(notices).toEqual([]);
    await expectRightAnswer();
  });

  it.each([
    ['another model', vectorSpec('sample', 'other/2'), vectors, /holds vectors of sample\/1, not of other\/2/],
    ['other dimensions', { ...spec, dimensions: 8 }, sampleVectors(count, 5, 8), /have 32 dimensions, not 8/],
  ])('rebuilds from the store when the snapshot is of %s', async (_, other, embeddings, reason) => {
    truth.commit('sample', entries, embeddings);
    start();
    await index.open(other, soon());
    const vector = embeddings.slice(0, other.dimensions);
    const [hits = []] = await index.search('sample', [{ vector, limit: 1 }], soon());
    expect(hits[0]?.key).toBe(1);
    expect(notices).toMatchObject([{ kind: 'mended', added: count, reason: expect.stringMatching(reason) as string }]);
  });

  it('starts a lost thread again with the next call, whole', async () => {
    start();
    await index.open(spec, soon());
    const late = sampleEntries(1, 900);
    await index.upsert('sample', late, query, soon());
    truth.commit('sample', late, query);
    const { worker } = Reflect.get(index, 'current') as { readonly worker: Worker };
    const asked = index.search('sample', [{ vector: query, limit: 1 }], soon());
    const [result] = await Promise.allSettled([asked, worker.terminate()]);
    expect(
      result.status === 'fulfilled' || (result.reason as { code: string }).code === 'VECTOR_INDEX_UNAVAILABLE',
    ).toBe(true);
    const [hits = []] = await index.search('sample', [{ vector: query, limit: 1 }], soon());
    expect(hits[0]?.key).toBe(900);
  });

  it('tries an opening that failed again with the next call', async () => {
    let isDown = true;
    start({
      source: {
        listKeys: async () => (isDown ? Promise.reject(new Error('The store is down.')) : truth.listKeys('sample')),
        fetchEmbeddings: async (name, keys) => truth.fetchEmbeddings(name, keys),
      },
    });
    await expect(index.open(spec, soon())).rejects.toThrow('The store is down.');
    isDown = false;
    await expectRightAnswer();
  });

  it('writes a snapshot after a while of rest', async () => {
    const before = file('.rows');
    start({ saveAfterIdleMs: 1 });
    await index.open(spec, soon());
    await index.remove('sample', [1], soon());
    while (!(await index.status('sample', soon())).isSaved);
    expect(file('.rows')).not.toBe(before);
    expect(readdirSync(files())).toHaveLength(3);
  });

  it('never writes when another process is the writer', async () => {
    const before = readdirSync(files());
    start({ isWriter: false, saveAfterIdleMs: 1 });
    truth.hide('sample', [1]);
    await index.open(spec, soon());
    await index.save('sample', soon());
    await index.close();
    expect(readdirSync(files())).toEqual(before);
  });

  it('tells of a snapshot that cannot be written, and closes all the same', async () => {
    start();
    await index.open(spec, soon());
    await index.remove('sample', [1], soon());
    rmSync(folder.path, { recursive: true });
    writeFileSync(folder.path, 'a file where the folder was');
    await index.close();
    expect(notices).toMatchObject([{ kind: 'save-failed', collection: 'sample' }]);
  });

  it('refuses calls beyond its bound instead of queueing them', async () => {
    start();
    await index.open(spec, soon());
    const asked = Array.from({ length: 1_100 }, async () =>
      index.search('sample', [{ vector: query, limit: 1 }], soon()).then(
        () => 'answered',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    const outcomes = await Promise.all(asked);
    expect(new Set(outcomes)).toEqual(new Set(['answered', 'SERVER_OVERLOADED']));
    await expectRightAnswer();
  });

  it('refuses a query of another size', async () => {
    start();
    await index.open(spec, soon());
    const vector = sampleVectors(1, 1, dimensions * 2);
    await expect(index.search('sample', [{ vector, limit: 1 }], soon())).rejects.toThrow(/dimensions/);
  });
});
