/** The servers of docker-compose.prod.yml with the environment that it gives them, over the engines that it names. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  describeWithPostgres,
  isChromaServerSupported,
  startChromaServer,
  startPostgresServer,
  startRedisServer,
} from '@acervo/testing';

import { runAcervo, type MadeKey } from '../e2e/acervo-command';
import { AcervoProcess } from '../e2e/acervo-process';
import { readComposeFile } from './compose-file';

const { api } = readComposeFile('docker-compose.prod.yml').services;
/** Of the four: this machine has two cores. */
const replicas = 2;

interface Found {
  readonly results: readonly { readonly text: string }[];
  readonly degraded: readonly string[];
}

if (isChromaServerSupported) {
  describeWithPostgres('docker-compose.prod.yml', () => {
    let folder: string;
    let environment: Record<string, string>;
    const started: { stop(): Promise<unknown> }[] = [];

    async function kept<T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
      const one = await starting;
      started.unshift(one);
      return one;
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'acervo-compose-'));
      const [postgres, redis, chroma] = await Promise.all([
        kept(startPostgresServer()),
        kept(startRedisServer()),
        kept(startChromaServer()),
      ]);
      const secrets = { database_url: postgres.createDatabase().url, redis_url: `redis://127.0.0.1:${redis.port}/0` };
      for (const [name, text] of Object.entries(secrets)) await writeFile(join(folder, name), text);
      environment = Object.fromEntries(
        Object.entries(api?.environment ?? {}).map(([name, value]) => [
          name,
          value.replace('/run/secrets', folder).replace('http://chroma:8000', chroma.url),
        ]),
      );
      // The volume that the containers of `api` share.
      environment['DATA_DIR'] = join(folder, 'api-data');
      await mkdir(environment['DATA_DIR']);
    }, 60_000);
    afterAll(async () => {
      await Promise.all(started.map(async (one) => one.stop()));
      await rm(folder, { recursive: true, force: true });
    });

    it('starts no server without an API key', async () => {
      await expect(AcervoProcess.start(environment)).rejects.toThrow(/exited with 78/);
    }, 60_000);

    it('starts servers that share what each of them takes in, and that are healthy by their own check', async () => {
      const data = environment['DATA_DIR'] ?? '';
      const words = ['keys', 'create', 'first', '--scope', 'admin', '--json'];
      const made = await runAcervo(data, words, environment);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { key } = JSON.parse(made.stdout) as MadeKey;
      const servers = await Promise.all(
        Array.from({ length: replicas }, async () => kept(AcervoProcess.start(environment))),
      );
      const auth = { 'x-api-key': key };
      for (const [nth, server] of servers.entries()) {
        await server.ready(60_000).catch((error: unknown) => {
          throw new Error(server.log, { cause: error });
        });
        const document = { id: `d${nth}`, title: 'Ponte', text: `A ponte ${nth} foi pintada de azul em agosto.` };
        const taken = await server.post('/documents', document, { ...auth, prefer: 'wait=30' });
        expect(taken.status).toBe(201);
      }
      for (const server of servers) {
        const { body } = await server.post<Found>('/search', { query: 'ponte azul' }, auth);
        expect(body.degraded).toEqual([]);
        expect(body.results).toHaveLength(replicas);
        const [, program = '', ...check] = api?.healthcheck?.test ?? [];
        const own = check.map((word) => word.replace('http://127.0.0.1:8000', server.url));
        expect(() => execFileSync(program, own, { timeout: 5_000 })).not.toThrow();
      }
      const graceMs = parseInt(api?.stop_grace_period ?? '') * 1_000;
      const from = performance.now();
      expect(await Promise.all(servers.map(async (server) => server.stop()))).toEqual(servers.map(() => 0));
      expect(performance.now() - from).toBeLessThan(graceMs);
    }, 180_000);

    it('refuses the backup that is not for its store, and lifts the generations after a restore', async () => {
      const data = environment['DATA_DIR'] ?? '';
      const refused = await runAcervo(data, ['backup', join(folder, 'backup')], environment);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_dump') as string });
      const lifted = await runAcervo(data, ['restore', '--postgres'], environment);
      expect(lifted).toMatchObject({ code: 0, stdout: expect.stringContaining('1 collections') as string });
    }, 60_000);
  });
}
