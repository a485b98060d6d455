import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '@acervo/sqlite';

import { CacheFile } from './cache-file';

describe('the cache file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-cache-'));
    path = join(directory, 'cache.db');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const entry = (key: string, bytes = 2_000) => ({ key, bytes: Buffer.alloc(bytes, key), expiresAtMs: 1e12 });
  const open = (maxBytes = 1 << 26): CacheFile => new CacheFile({ path, maxBytes });

  it('outlives its process', () => {
    const first = open();
    first.setMany([entry('a')], 0);
    first.close();
    const second = open();
    expect(second.getMany(['a'], 1)[0]?.equals(entry('a').bytes)).toBe(true);
    expect(second.usage()).toMatchObject({ entries: 1, rebuilt: 0 });
    second.close();
  });

  it('is thrown away and begun anew when it is no database', () => {
    writeFileSync(path, 'not a database, but long enough to be taken for one '.repeat(200));
    const file = open();
    file.setMany([entry('a')], 0);
    expect(file.getMany(['a', 'b'], 1).map((value) => value?.byteLength)).toEqual([2_000, undefined]);
    expect(file.usage()).toMatchObject({ rebuilt: 1 });
    file.close();
  });

  it('is thrown away when it is the database of another program or layout', () => {
    const foreign = openDatabase(path);
    foreign.exec('CREATE TABLE entry (a); PRAGMA user_version = 9');
    foreign.close();
    const file = open();
    file.setMany([entry('a')], 0);
    expect(file.usage()).toMatchObject({ entries: 1, rebuilt: 1 });
    file.close();
  });

  it('is thrown away when damage shows up later', () => {
    const before = open();
    before.setMany(
      Array.from({ length: 500 }, (_, nth) => entry(`k${nth}`)),
      0,
    );
    before.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096);
    writeFileSync(path, bytes);
    const file = open();
    expect(file.getMany(['k1', 'k400'], 1)).toEqual([undefined, undefined]);
    file.setMany([entry('new')], 1);
    expect(file.getMany(['new'], 2)[0]).toBeDefined();
    expect(file.usage().rebuilt).toBeGreaterThan(0);
    file.close();
  });

  it('stays within its quota, and lets the entries go that were used longest ago', () => {
    const quota = 2 << 20;
    const file = open(quota);
    const hour = 3_600_001;
    for (let nth = 0; nth < 400; nth++) file.setMany([entry(`old${nth}`)], nth);
    file.getMany(['old0'], hour);
    for (let nth = 0; nth < 700; nth++) file.setMany([entry(`new${nth}`)], 2 * hour + nth);
    const { bytes, evictions } = file.usage();
    expect(bytes).toBeLessThanOrEqual(quota);
    expect(statSync(path).size).toBeLessThanOrEqual(quota * 1.1);
    expect(evictions).toBeGreaterThan(100);
    const kept = file.getMany(['old0', 'old1', 'new699'], 3 * hour).map((value) => value !== undefined);
    expect(kept).toEqual([true, false, true]);
    file.close();
  });

  it('leaves no byte of a cleared value on the disk', () => {
    const file = open();
    file.setMany([{ key: 'a:1', bytes: Buffer.from('CANARY'.repeat(500)), expiresAtMs: 1e12 }, entry('b:1')], 0);
    file.clear('a:');
    const onDisk = ['', '-wal'].map((suffix) => readFileSync(path + suffix, 'latin1')).join('');
    expect(onDisk.includes('CANARY')).toBe(false);
    expect(file.getMany(['a:1', 'b:1'], 1).map((value) => value !== undefined)).toEqual([false, true]);
    file.close();
  });
});
