import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '@acervo/config';
import pino from 'pino';

import { openCacheTiers } from './cache-tiers';

describe('the cache tiers of a configuration', () => {
  it('say so in the log when a cache file cannot be used and is begun anew', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'acervo-cache-tiers-'));
    const path = join(directory, 'cache', 'cache.db');
    mkdirSync(join(directory, 'cache'));
    writeFileSync(path, 'not a database, but long enough to be taken for one '.repeat(200));
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => lines.push(line) });
    const { config } = loadConfig({ DATA_DIR: directory });
    const opened = await openCacheTiers(config, logger);
    expect(opened.tiers.map(({ name, isAvailable }) => ({ name, isAvailable }))).toEqual([
      { name: 'disk', isAvailable: true },
    ]);
    await opened.close();
    rmSync(directory, { recursive: true });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 40, tier: 'disk', path, reason: 'damaged', msg: 'cache file was thrown away and begun anew' },
    ]);
  });
});
