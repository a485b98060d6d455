/** C12: servers behind nginx are restarted one by one under load, and no request fails. */
import { describeWithNginx, sparePort, startNginxServer, type NginxServer } from '@acervo/testing';

import { AcervoProcess } from './acervo-process';
import { SearchLoad } from './search-load';

const rounds = 3;
const clients = 6;
/** Of a server: one that sheds load is another matter. */
const settings = { DRAIN_DELAY_SECONDS: '1', MAX_CONCURRENT_REQUESTS: '100' };
/** As docs/en/several-processes.md says. */
const locations = `
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
  }`;

function upstreams(ports: readonly number[]): string {
  const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`);
  return `proxy_connect_timeout 1s; upstream acervo { ${servers.join(' ')} keepalive 16; }`;
}

describeWithNginx('C12: a rolling restart behind nginx', () => {
  let nginx: NginxServer;
  let servers: AcervoProcess[] = [];

  beforeAll(async () => {
    const ports = [await sparePort(), await sparePort()];
    servers = await Promise.all(ports.map(async (own) => AcervoProcess.start({ ...settings, PORT: String(own) })));
    for (const server of servers) {
      await server.ready();
      const body = { id: 'f', title: 'Férias', text: 'Trinta dias de férias por ano.' };
      expect((await server.post('/documents', body, { prefer: 'wait=30' })).status).toBe(201);
    }
    nginx = await startNginxServer(upstreams(ports), locations);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([nginx.stop(), ...servers.map(async (server) => server.stop('SIGKILL'))]);
  });

  it(`fails no request in ${rounds} rounds`, async () => {
    const load = new SearchLoad(nginx.url, clients, 20_000);
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
