/**
 * nginx with the very files of deploy/nginx: they are filled in as its image does it, and only what an image has and
 * this machine has not is replaced, such as folders and ports.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { makeNginxFolder, runNginx, sparePort, type NginxServer } from '@acervo/testing';

import { repositoryRoot } from '../e2e/acervo-process';

export interface EdgeOptions {
  /** Ports of loopback on which servers listen. */
  readonly ports: readonly number[];
  /** Such as `10r/s`, which is what the files are made for. */
  readonly rate?: string;
  readonly burst?: number;
  /** Networks whose X-Forwarded-For counts. */
  readonly trusted?: readonly string[];
  readonly maxUploadMegabytes?: number;
  /** Default: as docker-compose.prod.yml has it. */
  readonly serverParameters?: string;
  readonly port?: number;
}

export interface Edge extends NginxServer {
  readonly httpsPort: number;
}

const source = join(repositoryRoot, 'deploy', 'nginx');

/** As `envsubst` with a list of names: what has no value stays, so that `$uri` does. */
function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Every `${NAME}` of a template: what its image must be given. */
export function namesIn(template: string): readonly string[] {
  return [...new Set([...template.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name))];
}

export async function readTemplate(): Promise<string> {
  return await readFile(join(source, 'templates', 'acervo.conf.template'), 'utf8');
}

/** Rejects with what nginx said when it does not start. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const directory = await makeNginxFolder();
  const port = options.port ?? (await sparePort());
  const httpsPort = await sparePort();
  makeCertificate(directory);
  const parameters = options.serverParameters ?? 'max_fails=3 fail_timeout=5s';
  const values = {
    ACERVO_SERVERS: options.ports.map((own) => `server 127.0.0.1:${own} ${parameters};`).join(' '),
    EDGE_RATE: options.rate ?? '10r/s',
    EDGE_BURST: String(options.burst ?? 20),
    EDGE_MAX_UPLOAD_MEGABYTES: String(options.maxUploadMegabytes ?? 80),
    EDGE_TRUSTED_PROXIES: (options.trusted ?? []).map((network) => `set_real_ip_from ${network};`).join(' '),
    EDGE_HTTP_LISTEN: `127.0.0.1:${port}`,
    EDGE_HTTPS_LISTEN: `127.0.0.1:${httpsPort}`,
    EDGE_TLS_FOLDER: directory,
  };
  for (const folder of ['conf.d', 'cache']) await mkdir(join(directory, folder));
  await writeFile(join(directory, 'conf.d', 'acervo.conf'), fillIn(await readTemplate(), values));
  let main = `daemon off;\n${await readFile(join(source, 'nginx.conf'), 'utf8')}`;
  for (const [inImage, here] of [
    ['user nginx;', `user ${userInfo().username};`],
    ['worker_processes auto;', 'worker_processes 1;'],
    ['/run/nginx.pid', join(directory, 'pid')],
    ['/etc/nginx/conf.d/', join(directory, 'conf.d/')],
    ['/var/cache/nginx/', join(directory, 'cache/')],
    ['access_log /dev/stdout acervo;', `access_log ${join(directory, 'access.log')} acervo;`],
  ] as const) {
    if (!main.includes(inImage)) throw new Error(`deploy/nginx/nginx.conf has no ${inImage}`);
    main = main.replaceAll(inImage, here);
  }
  await writeFile(join(directory, 'nginx.conf'), main);
  return { ...(await runNginx(directory, port)), httpsPort };
}

function makeCertificate(directory: string): void {
  const files = ['-keyout', join(directory, 'tls_private_key'), '-out', join(directory, 'tls_certificate')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...files, '-subj', '/CN=localhost'], { stdio: 'ignore' });
}
