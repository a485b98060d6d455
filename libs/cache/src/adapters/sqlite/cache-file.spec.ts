import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '@acervo/sqlite';

import { CacheFile, type RebuildReason } from './cache-file';

describe('the cache file', () => {
  let directory: string;
  let path: string;
  let reasons: RebuildReason[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-cache-'));
    path = join(directory, 'cache.db');
    reasons = [];
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const entry = (key: string, bytes = 2_000) => ({ key, bytes: Buffer.alloc(bytes, key), expiresAtMs: 1e12 });
  const open = (maxBytes = 1 << 26): CacheFile =>
    new CacheFile({ path, maxBytes, onRebuilt: (reason) => reasons.push(reason) });

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
    expect(reasons).toEqual(['damaged']);
    file.close();
  });

  it('is thrown away when it is the database of another program or layout', () => {
    const foreign = openDatabase(path);
    foreign.exec('CREATE TABLE entry (a); PRAGMA user_version = 9');
    foreign.close();
    const file = open();
    file.setMany([entry('a')], 0);
    expect(file.usage()).toMatchObject({ entries: 1, rebuilt: 1 });
    expect(reasons).toEqual(['foreign']);
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
    expect(new Set(reasons)).toEqual(new Set(['damaged']));
    file.close();
  });

  describe('that a second process has open while it is thrown away', () => {
    const minute = 60_001;
    let other: ChildProcess;
    /** Reads and writes in the other process; which of `keys` it has. */
    const inOther = async (task: {
      set?: string;
      get?: string[];
      nowMs?: number;
      close?: true;
    }): Promise<boolean[]> => {
      other.send(task);
      const [reply] = (await once(other, 'message')) as [boolean[]];
      return reply;
    };
    beforeEach(async () => {
      const program = `
        const { CacheFile } = require(${JSON.stringify(join(__dirname, 'cache-file'))});
        const file = new CacheFile({ path: process.argv[1], maxBytes: 1 << 26 });
        process.on('message', ({ set, get = [], nowMs = 1, close }) => {
          if (set) file.setMany([{ key: set, bytes: Buffer.alloc(2000, set), expiresAtMs: 1e12 }], nowMs);
          const found = file.getMany(get, nowMs).map((bytes, nth) => bytes?.equals(Buffer.alloc(2000, get[nth])) === true);
          if (close) file.close();
          process.send(found, () => close && process.disconnect());
        });
        process.send([]);`;
      other = spawn(process.execPath, ['-r', '@swc-node/register', '-e', program, path], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      await once(other, 'message');
      await inOther({ set: 'theirs' });
    }, 30_000);
    afterEach(() => {
      other.kill();
    });

    const takeForForeign = (): void => {
      const strange = openDatabase(path);
      strange.pragma('user_version = 9');
      strange.close();
    };

    it('costs both nothing but what was cached, and both go on', async () => {
      takeForForeign();
      const file = open();
      expect(reasons).toEqual(['foreign']);
      file.setMany([entry('ours')], 1);
      expect(await inOther({ set: 'later', get: ['theirs', 'later', 'ours'] })).toEqual([true, true, false]);
      expect(file.getMany(['ours', 'theirs'], 1).map((bytes) => bytes?.equals(entry('ours').bytes))).toEqual([
        true,
        undefined,
      ]);
      // Closing the removed file must not take the log of the new one away.
      await inOther({ close: true });
      file.setMany([entry('again')], 1);
      const third = open();
      expect(third.getMany(['ours', 'again'], 1).map((bytes) => bytes !== undefined)).toEqual([true, true]);
      expect(reasons).toEqual(['foreign']);
      third.close();
      file.close();
    });

    it('is found anew by the other within a minute', async () => {
      takeForForeign();
      const file = open();
      file.setMany([entry('ours')], 1);
      await inOther({ set: 'tick', nowMs: minute });
      expect(await inOther({ set: 'shared', get: ['ours', 'shared'], nowMs: minute })).toEqual([true, true]);
      expect(file.getMany(['shared'], minute)[0]).toBeDefined();
      file.close();
    });
  });

  it('is not thrown away again by who still had the damaged one open', () => {
    const before = open();
    before.setMany(
      Array.from({ length: 500 }, (_, nth) => entry(`k${nth}`)),
      0,
    );
    before.close();
    const [late, early] = [open(), open()];
    writeFileSync(path, readFileSync(path).fill(0xff, 4096));
    early.getMany(['k1'], 1);
    early.setMany([entry('new')], 1);
    expect(late.getMany(['k400'], 1)).toEqual([undefined]);
    expect(late.getMany(['new'], 1)[0]).toBeDefined();
    expect(early.getMany(['new'], 1)[0]).toBeDefined();
    expect(reasons).toEqual(['damaged']);
    late.close();
    early.close();
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
