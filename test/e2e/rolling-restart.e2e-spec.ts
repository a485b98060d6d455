/** C12: servers behind nginx are restarted one by one under load, and no request fails. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AcervoProcess } from './acervo-process';
import { SearchLoad } from './search-load';

const rounds = 3;
const clients = 6;
/** Of a server: one that sheds load is another matter. */
const settings = { DRAIN_DELAY_SECONDS: '1', MAX_CONCURRENT_REQUESTS: '100' };
const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx) process.stderr.write('\n!!! SKIPPED: nginx is not on this machine: no rolling restart was tested\n');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** As docs/en/several-processes.md says. */
function nginxConfiguration(folder: string, port: number, upstreams: readonly number[]): string {
  return `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
    events {}
    http {
      access_log off; proxy_connect_timeout 1s;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      upstream acervo {
        ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=0;`).join('\n')}
        keepalive 16;
      }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://acervo;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffering off;
          proxy_next_upstream error timeout;
        }
        location ~ ^/(search|batch-search)$ {
          proxy_pass http://acervo;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_next_upstream error timeout non_idempotent;
        }
      }
    }`;
}

(hasNginx ? describe : describe.skip)('C12: a rolling restart behind nginx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acervo-nginx-'));
  let nginx: ChildProcess;
  let servers: AcervoProcess[] = [];
  let url = '';

  beforeAll(async () => {
    const ports = [await freePort(), await freePort()];
    const port = await freePort();
    servers = await Promise.all(ports.map(async (own) => AcervoProcess.start({ ...settings, PORT: String(own) })));
    for (const server of servers) {
      await server.ready();
      const body = { id: 'f', title: 'Férias', text: 'Trinta dias de férias por ano.' };
      expect((await server.post('/documents', body, { prefer: 'wait=30' })).status).toBe(201);
    }
    writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(folder, port, ports));
    nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'inherit' });
    url = `http://127.0.0.1:${port}`;
  }, 120_000);
  afterAll(async () => {
    nginx.kill('SIGQUIT');
    await Promise.all([once(nginx, 'exit'), ...servers.map(async (server) => server.stop('SIGKILL'))]);
    rmSync(folder, { recursive: true });
  });

  it(`fails no request in ${rounds} rounds`, async () => {
    const load = new SearchLoad(url, clients, 20_000);
    for (let round = 0; round < rounds; round++) {
      for (const [nth, server] of servers.entries()) {
        expect(await server.stop()).toBe(0);
        const own = new URL(server.url).port;
        const again = await AcervoProcess.start({ ...settings, PORT: own, DATA_DIR: server.dataDirectory });
        servers[nth] = again;
        await again.ready(60_000);
      }
    }
    const searches = await load.end();
    process.stdout.write(`C12: ${searches.length} searches during ${rounds * servers.length} restarts\n`);
    const failures = searches.filter(({ status }) => status !== 200).map(({ status, error }) => `${status} ${error}`);
    expect([...new Set(failures)].slice(0, 5)).toEqual([]);
    expect(searches.length).toBeGreaterThan(100);
  }, 240_000);
});
