import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '@acervo/sqlite';

import { dataFolder } from '../../../contract/data-folder';
import { collectionSpec, sampleDocument } from '../../../contract/sample-documents';
import { toStoreError } from './sqlite-error';
import { SqliteWriter } from './sqlite-writer';

const limits = { maxOpenJobs: 10, maxEndedJobs: 10, endedJobTtlMs: 1_000 };

describe('a data folder', () => {
  let folder: ReturnType<typeof dataFolder>;
  let file: string;

  beforeEach(() => {
    folder = dataFolder();
    file = join(folder.path, 'acervo.db');
  });
  afterEach(() => {
    folder.remove();
  });

  /** What opening the folder says, as callers see it. */
  function openingError(): unknown {
    try {
      new SqliteWriter(folder.path, limits).close();
      return undefined;
    } catch (error) {
      return toStoreError(error, folder.path);
    }
  }

  function fill(): void {
    const writer = new SqliteWriter(folder.path, limits);
    writer.createCollection(collectionSpec('c'));
    for (let nth = 0; nth < 10; nth++) {
      const texts = Array.from({ length: 20 }, (_, at) => `text ${at} of document ${nth} `.repeat(20));
      const first = writer.reserveKeys(texts.length);
      const put = [sampleDocument(`d${nth}`, texts)];
      writer.commit('c', { put, keys: texts.map((_, at) => first + at), remove: [] });
    }
    writer.close();
  }

  it('opens again after it was closed', () => {
    fill();
    expect(openingError()).toBeUndefined();
  });

  it.each([
    [
      'cut in the middle',
      (path: string): void => {
        truncateSync(path, Math.floor(statSync(path).size / 2));
      },
    ],
    [
      'cut inside the header',
      (path: string): void => {
        truncateSync(path, 60);
      },
    ],
    [
      'overwritten at the start',
      (path: string): void => {
        overwrite(path, 0, 200);
      },
    ],
    [
      'overwritten in the middle',
      (path: string): void => {
        overwrite(path, 8_192, 65_536);
      },
    ],
  ])('that is %s answers STORE_DAMAGED with the file to restore', (_, damage) => {
    fill();
    damage(file);
    expect(openingError()).toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('acervo.db') as string,
    });
  });

  it('of another program is left alone', () => {
    openDatabase(file).exec('CREATE TABLE theirs (x)').close();
    const before = readFileSync(file);
    expect(openingError()).toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('another program') as string,
    });
    expect(readFileSync(file)).toEqual(before);
  });

  it('of a newer version is left alone and says which schema it has', () => {
    fill();
    const connection = openDatabase(file);
    connection.pragma('user_version = 999');
    connection.close();
    expect(openingError()).toMatchObject({ code: 'STORE_NEWER', params: { schema: 999 } });
  });

  it('is owned by one writer at a time, and free again when it closes', () => {
    const owner = new SqliteWriter(folder.path, limits);
    expect(openingError()).toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(folder.path) as string,
    });
    owner.close();
    expect(openingError()).toBeUndefined();
  });

  it('copied while it is closed is a backup', () => {
    fill();
    const copy = join(folder.path, 'copy');
    mkdirSync(copy);
    copyFileSync(file, join(copy, 'acervo.db'));
    const writer = new SqliteWriter(copy, limits);
    expect(writer.reserveKeys(0)).toBe(201);
    writer.close();
  });

  it('holds no byte of a removed document after the purge', () => {
    const writer = new SqliteWriter(folder.path, limits);
    writer.createCollection(collectionSpec('c'));
    const first = writer.reserveKeys(2);
    const put = [
      sampleDocument('a', ['canaryword stays'], { metadata: { note: 'canaryword' } }),
      sampleDocument('b', ['other']),
    ];
    writer.commit('c', { put, keys: [first, first + 1], remove: [] });
    const holds = (): boolean =>
      ['acervo.db', 'acervo.db-wal'].some((name) => readFileSync(join(folder.path, name)).includes('canaryword'));
    expect(holds()).toBe(true);
    writer.commit('c', { put: [], keys: [], remove: ['a'] });
    writer.purge();
    expect(holds()).toBe(false);
    writer.close();
  });
});

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, from + length);
  writeFileSync(path, bytes);
}
