import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { createKey, runAcervo, type MadeKey } from './acervo-command';
import { AcervoProcess, repositoryRoot } from './acervo-process';

const entry = join(repositoryRoot, 'dist', 'apps', 'cli', 'src', 'main.js');
const topics = [
  'entrega',
  'contrato',
  'fatura',
  'servidor',
  'backup',
  'prazo',
  'reunião',
  'cliente',
  'estoque',
  'senha',
];

interface Migrated {
  readonly documents: number;
  readonly chunks: number;
  readonly copied: number;
  readonly differences: readonly string[];
}

interface Carried {
  readonly collections: readonly Migrated[];
  readonly keys: number;
}

function writeNotes(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let nth = 0; nth < count; nth += 1) {
    const [topic, other] = [topics[nth % 10], topics[Math.floor(nth / 10) % 10]];
    const text = `# Nota ${nth} sobre ${topic}\n\nA equipe registrou que ${topic} depende de ${other}, caso ${nth}.\n`;
    writeFileSync(join(folder, `nota-${nth}.md`), text);
  }
}

describeWithPostgres('acervo migrate', () => {
  const data = mkdtempSync(join(tmpdir(), 'acervo-e2e-'));
  let postgres: PostgresServer;
  let key: MadeKey;

  const migrate = async (to: readonly string[]): Promise<{ code: number; migrated: Migrated; keys: number }> => {
    const { code, stdout, stderr } = await runAcervo(data, ['migrate', ...to, '--samples', '12', '--json']);
    const { collections = [], keys = 0 } = (stdout === '' ? {} : JSON.parse(stdout)) as Partial<Carried>;
    const [migrated] = collections;
    if (migrated === undefined) throw new Error(`acervo migrate ended with ${code}: ${stderr}`);
    return { code, migrated, keys };
  };

  beforeAll(async () => {
    postgres = await startPostgresServer();
    writeNotes(join(data, 'notes'), 120);
    const { code, stderr } = await runAcervo(data, ['ingest', 'notes']);
    if (code !== 0) throw new Error(stderr);
    key = await createKey(data);
  }, 120_000);
  afterAll(async () => {
    await postgres.stop();
  });

  it('carries a collection to Postgres, finds both sides alike, and has nothing left to do', async () => {
    const to = ['--to-store', 'postgres', '--to-database-url', postgres.createDatabase().url];
    const first = await migrate(to);
    expect(first).toMatchObject({ code: 0, migrated: { documents: 120, copied: 120, differences: [] }, keys: 1 });
    const again = await migrate(to);
    expect(again).toMatchObject({ code: 0, migrated: { documents: 120, copied: 0, differences: [] }, keys: 0 });

    const server = await AcervoProcess.start({
      ...{ STORE: 'postgres', DATABASE_URL: to[3] ?? '', VECTOR_INDEX: 'pgvector', AUTH: 'keys' },
    });
    const asked = { query: 'de que depende o contrato?' };
    const found = await server.post<{ results: unknown[] }>('/search', asked, { 'x-api-key': key.key });
    expect(found.body.results.length).toBeGreaterThan(0);
    expect((await server.post('/search', asked)).status).toBe(401);
    await server.stop();
  }, 180_000);

  it('goes on after it was killed', async () => {
    const to = ['--to-store', 'postgres', '--to-database-url', postgres.createDatabase().url];
    const child = spawn(process.execPath, [entry, 'migrate', ...to], {
      cwd: data,
      env: { PATH: process.env['PATH'], DATA_DIR: data },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    setTimeout(() => child.kill('SIGKILL'), 2_500);
    await ended;
    expect(await migrate(to)).toMatchObject({ code: 0, migrated: { documents: 120, differences: [] } });
  }, 180_000);
});
