/**
 * Builds and starts the image without Docker: the steps of deploy/Dockerfile, each stage in a folder of its own, with
 * the Node.js that runs this; then the program as the image's user, in a mount namespace where everything is read-only
 * but its data folder. System packages are not installed. Needs root, `unshare` and `setpriv` (util-linux), and a
 * Node.js that the image's user may run.
 *
 * It must start, serve, take documents of several kinds, answer its own HEALTHCHECK, write nothing elsewhere, keep its
 * documents over a restart, and end with 0 on the stop signal.
 *
 * Usage: node -r @swc-node/register test/deploy/try-image.ts   (prints figures as one line of JSON at the end)
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { environmentOf, execForm, readStages, type Stage } from './dockerfile';

const root = join(__dirname, '..', '..');
const timeoutMs = 10 * 60_000;
const startTimeoutMs = 60_000;
const notDone = /apt-get|\/usr\/local|install -d/;

interface Figures {
  readonly node: string;
  readonly imageMegabytes: Record<string, number>;
  readonly startMs: number;
  readonly documents: number;
  readonly stopMs: number;
}

async function main(): Promise<void> {
  const workshop = mkdtempSync(join(tmpdir(), 'acervo-image-'));
  chmodSync(workshop, 0o755);
  try {
    process.stdout.write(`${JSON.stringify(await tryImage(workshop))}\n`);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

async function tryImage(workshop: string): Promise<Figures> {
  const context = join(workshop, 'context');
  mkdirSync(context);
  execFileSync('sh', ['-c', `git -C "${root}" archive HEAD | tar x -C "${context}"`]);
  const stages = readStages(readFileSync(join(context, 'deploy', 'Dockerfile'), 'utf8'));
  const folders = new Map<string, string>();
  for (const [nth, stage] of stages.entries()) {
    const folder = join(workshop, stage.name ?? `stage-${nth}`);
    folders.set(stage.name ?? String(nth), folder);
    performStage(stage, folder, context, folders);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  const app = folders.get(last.name ?? String(stages.length - 1)) ?? '';
  for (const folder of [...folders.values(), context]) if (folder !== app) rmSync(folder, { recursive: true });
  return await runImage(last, app, workshop);
}

/** COPY and RUN in a folder that stands for WORKDIR. */
function performStage(stage: Stage, folder: string, context: string, folders: ReadonlyMap<string, string>): void {
  mkdirSync(folder);
  const workingFolder = stage.steps.find(({ keyword }) => keyword === 'WORKDIR')?.text ?? '/';
  for (const { keyword, text } of stage.steps) {
    if (keyword === 'COPY') copy(text, folder, context, folders, workingFolder);
    if (keyword !== 'RUN') continue;
    if (notDone.test(text)) {
      process.stderr.write(`not done here: ${text}\n`);
      continue;
    }
    process.stderr.write(`${stage.name ?? 'last'}: ${text}\n`);
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
    execFileSync('sh', ['-c', text], { cwd: folder, env, timeout: timeoutMs, stdio: ['ignore', 2, 2] });
  }
}

function copy(
  text: string,
  folder: string,
  context: string,
  folders: ReadonlyMap<string, string>,
  workingFolder: string,
): void {
  const words = text.split(/\s+/);
  const from = /^--from=(.*)/.exec(words[0] ?? '')?.[1];
  const sources = words.slice(from === undefined ? 0 : 1, -1);
  const to = words.at(-1) ?? '';
  for (const source of sources) {
    const base = from === undefined ? context : folders.get(from);
    if (base === undefined) throw new Error(`COPY takes from a stage that does not exist: ${text}`);
    const path = join(base, from === undefined ? source : source.replace(workingFolder, '.'));
    // A folder's contents go into the target, a file goes under its own name.
    const target = statSync(path).isDirectory() ? join(folder, to) : join(folder, to, basename(source));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(path, target, { recursive: true, verbatimSymlinks: true });
  }
}

async function runImage(stage: Stage, app: string, workshop: string): Promise<Figures> {
  const [uid = 0, gid = uid] = (stage.steps.find(({ keyword }) => keyword === 'USER')?.text ?? '')
    .split(':')
    .map(Number);
  const data = join(workshop, 'data');
  mkdirSync(data);
  chownSync(data, uid, gid);
  const image = { app, data, uid, gid, environment: environmentOf(stage), port: await sparePort() };
  const words = execForm(stage.steps.find(({ keyword }) => keyword === 'CMD')?.text ?? '') ?? [];
  const health = execForm(stage.steps.find(({ keyword }) => keyword === 'HEALTHCHECK')?.text ?? '') ?? [];

  const { key } = JSON.parse(
    execFileSync(...inImage(image, ['acervo', 'keys', 'create', 'try', '--scope', 'admin', '--json']), {
      encoding: 'utf8',
    }),
  ) as { key: string };
  const before = Date.now();
  const startedAt = performance.now();
  let server = await start(image, words, key);
  try {
    const startMs = Math.round(performance.now() - startedAt);
    const documents = await useServer(image, key);
    execFileSync(...inImage(image, health));
    const strays = writtenSince(before, [app, '/tmp', '/var', '/run'], workshop, data);
    if (strays.length > 0) throw new Error(`Written outside of the data folder: ${strays.join(', ')}`);
    const stopAt = performance.now();
    await stop(server);
    const stopMs = Math.round(performance.now() - stopAt);
    server = await start(image, words, key);
    const again = await countDocuments(image, key);
    await stop(server);
    if (again !== documents) throw new Error(`${documents} documents before the restart, ${again} after it`);
    const imageMegabytes = Object.fromEntries(readdirSync(app).map((name) => [name, megabytes(join(app, name))]));
    return { node: process.version, imageMegabytes, startMs, documents, stopMs };
  } finally {
    server.kill('SIGKILL');
  }
}

interface Image {
  readonly app: string;
  readonly data: string;
  readonly uid: number;
  readonly gid: number;
  readonly environment: ReadonlyMap<string, string>;
  readonly port: number;
}

/** A command line that runs these words of the image, everything but its data folder being read-only. */
function inImage(image: Image, words: readonly string[]): [string, string[]] {
  const { app, data, uid, gid, environment, port } = image;
  const variables = [...environment].map(
    ([name, value]) => `${name}=${value === environment.get('DATA_DIR') ? data : value}`,
  );
  const program = words[0] === 'acervo' ? ['node', join(app, 'bin', 'acervo.cjs')] : [words[0] ?? ''];
  const readOnly =
    'mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift && exec "$@"';
  const user = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
  ];
  const clean = ['env', '-i', `PATH=${dirname(process.execPath)}:/usr/bin:/bin`, ...variables, `PORT=${port}`];
  const all = [
    '-m',
    'sh',
    '-c',
    `cd "${app}" && ${readOnly}`,
    'sh',
    data,
    ...user,
    ...clean,
    ...program,
    ...words.slice(1),
  ];
  return ['unshare', all];
}

async function start(image: Image, words: readonly string[], key: string): Promise<ChildProcess> {
  const server = spawn(...inImage(image, words), { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const keep = (text: Buffer): void => {
    log = (log + text.toString()).slice(-20_000);
  };
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  for (const end = performance.now() + startTimeoutMs; performance.now() < end;) {
    if (server.exitCode !== null) break;
    const answer = await ask(image, 'GET', '/health/ready', key).catch(() => undefined);
    if (answer?.status === 200) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill('SIGKILL');
  throw new Error(`The server was not ready:\n${log}`);
}

/** setpriv, env and unshare replace themselves: the child is the program itself. */
async function stop(server: ChildProcess): Promise<void> {
  server.kill('SIGTERM');
  const [code] = (await once(server, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The server ended with ${code}`);
}

/** Documents as JSON and as files, a search that finds each, the console and the manual of the API. */
async function useServer(image: Image, key: string): Promise<number> {
  const wait = { prefer: 'wait=30' };
  const text = { title: 'Ponte', text: 'A ponte pênsil foi pintada de azul em agosto.' };
  await expectStatus(
    201,
    await ask(image, 'POST', '/documents', key, JSON.stringify(text), { ...wait, 'content-type': 'application/json' }),
  );
  const form = new FormData();
  form.append('file', new Blob(['# Farol\n\nO farol acende às dezoito horas.']), 'farol.md');
  form.append(
    'file',
    new Blob(['<html><body><p>The ferry leaves at noon from the pier.</p></body></html>']),
    'ferry.html',
  );
  await expectStatus(201, await ask(image, 'POST', '/documents', key, form, wait));
  for (const [query, word] of [
    ['Qual a cor da ponte?', 'azul'],
    ['Quando acende o farol?', 'dezoito'],
    ['When does the ferry leave?', 'noon'],
  ] as const) {
    const answer = await ask(image, 'GET', `/search?q=${encodeURIComponent(query)}&max_results=1`, key);
    const found = await answer.text();
    if (!found.includes(word)) throw new Error(`"${query}" does not find "${word}": ${found}`);
  }
  for (const path of ['/', '/docs', '/health', '/metrics']) await expectStatus(200, await ask(image, 'GET', path, key));
  return await countDocuments(image, key);
}

async function countDocuments(image: Image, key: string): Promise<number> {
  const answer = await ask(image, 'GET', '/collections', key);
  const { collections } = (await answer.json()) as { collections: { documents: number }[] };
  return collections.reduce((sum, { documents }) => sum + documents, 0);
}

async function ask(
  { port }: Image,
  method: string,
  path: string,
  key: string,
  body?: string | FormData,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'x-api-key': key, ...headers },
    signal: AbortSignal.timeout(40_000),
    ...(body !== undefined && { body }),
  });
}

async function expectStatus(status: number, answer: Response): Promise<void> {
  if (answer.status !== status) throw new Error(`${answer.url} gave ${answer.status}: ${await answer.text()}`);
}

/** Files of the image's user elsewhere would be here too, if anything could be written there. */
function writtenSince(timeMs: number, folders: readonly string[], workshop: string, data: string): readonly string[] {
  const { uid } = statSync(data);
  const owned = ['-uid', String(uid), '-newermt', `@${Math.floor(timeMs / 1_000)}`];
  const found = execFileSync(
    'sh',
    [
      '-c',
      'find "$@" 2>/dev/null || true',
      'sh',
      ...folders,
      '-xdev',
      '-path',
      data,
      '-prune',
      '-o',
      ...owned,
      '-print',
    ],
    { encoding: 'utf8' },
  );
  return found.split('\n').filter((line) => line !== '' && !line.startsWith(join(workshop, 'data')));
}

function megabytes(path: string): number {
  return Number(execFileSync('du', ['-sm', path], { encoding: 'utf8' }).split('\t')[0]);
}

async function sparePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

void main();
