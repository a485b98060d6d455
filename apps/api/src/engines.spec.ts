import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '@acervo/config';
import type { IngestOutcome } from '@acervo/ingest';
import { callContext } from '@acervo/kernel';

import { openEngines, type Engines } from './engines';
import { createLogger } from './logger';

describe('the engines of a configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-engines-'));
  let engines: Engines;

  beforeAll(async () => {
    const { config } = loadConfig({ DATA_DIR: join(directory, 'data'), MAX_UPLOAD_MEGABYTES: '1' });
    engines = await openEngines(config, createLogger({ ...config, LOG_LEVEL: 'error' }));
  });
  afterAll(async () => {
    await engines.close();
    rmSync(directory, { recursive: true });
  });

  it('have a parser that keeps the configured size of a file', async () => {
    const path = join(directory, 'large.txt');
    writeFileSync(path, 'word '.repeat(230_000));
    const context = callContext(60_000);
    await engines.ingester.ensureCollection('documents', context);
    const item = { id: 'large', hasOwnId: true, source: 'large.txt', path, name: 'large.txt', given: {} };
    const outcomes: IngestOutcome[] = [];
    for await (const outcome of engines.ingester.ingest('documents', [item], context)) outcomes.push(outcome);
    expect(outcomes).toMatchObject([{ type: 'skipped', error: { code: 'DOCUMENT_TOO_LARGE' } }]);
  });
});
