import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { bindingPackage, loadBinding } from './open-database';

/** Statements and cursors that the collector frees, which is what ended the process with version 12 on Node.js 24.19. */
const program = `
  const { openDatabase } = require(${JSON.stringify(join(__dirname, 'open-database'))});
  const database = openDatabase(':memory:');
  database.exec('CREATE TABLE t (x)');
  for (let round = 0; round < 20; round++) {
    const statements = Array.from({ length: 1_000 }, () => database.prepare('SELECT * FROM t'));
    for (const statement of statements) Array.from(statement.iterate());
    gc();
  }
  database.close();
  gc();
  process.stdout.write('alive');
`;

describe('the SQLite binding', () => {
  it.each([
    [9, 'better-sqlite3'],
    [10, 'better-sqlite3-node-api'],
    [11, 'better-sqlite3-node-api'],
  ])('for Node-API %i is %s', (nodeApi, name) => {
    expect(bindingPackage(nodeApi)).toBe(name);
  });

  it('that is not installed says how to install it', () => {
    expect(() => loadBinding('better-sqlite3-missing')).toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('npm ci') as string,
        cause: expect.objectContaining({ code: 'MODULE_NOT_FOUND' }) as object,
      }) as Error,
    );
  });

  it('lets statements be collected', () => {
    const flags = ['--expose-gc', '-r', '@swc-node/register', '-e', program];
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8', timeout: 30_000 })).toBe('alive');
  }, 40_000);
});
