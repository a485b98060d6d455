/** Several processes over one data folder: they answer alike, a writer that dies comes back, and all leave together. */
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';

import { AcervoProcess } from './acervo-process';
import { SearchLoad } from './search-load';

interface Found {
  readonly generation: number;
  readonly degraded: readonly string[];
  readonly results: readonly { readonly document_id: string }[];
}
interface WorkerLine {
  readonly msg: string;
  readonly pid: number;
  readonly isWriter: boolean;
}

const workers = 3;
const noStore = { 'cache-control': 'no-store' };
let server: AcervoProcess;

/** One connection a request: node:cluster gives each to the next worker, so `workers` in a row ask all of them. */
async function fromEach<T>(ask: () => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let nth = 0; nth < workers; nth++) answers.push(await ask());
  return answers;
}

/**
 * Over a connection of its own. Status 0: no answer. That happens to the one connection that was on its way to a worker
 * when it was killed.
 */
async function send(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  const request = httpRequest(server.url + path, {
    method,
    agent: false,
    signal: AbortSignal.timeout(5_000),
    headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }), ...headers },
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await once(request, 'response').then(
    ([answer]) => answer as IncomingMessage,
    () => undefined,
  );
  if (response === undefined) return { status: 0, headers: {}, text: '' };
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

async function search(query: string, headers: Record<string, string> = noStore): Promise<Found> {
  const { status, text } = await send('POST', '/search', { query }, headers);
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text) as Found;
}

function workerLines(): WorkerLine[] {
  return server.log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as WorkerLine)
    .filter(({ msg }) => msg === 'worker listens');
}

async function until(isTrue: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`Still not after ${timeoutMs} ms:\n${server.log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  server = await AcervoProcess.start({
    WORKERS: String(workers),
    LIMIT_SEARCH_PER_MINUTE: '0',
    LIMIT_DEFAULT_PER_MINUTE: '0',
    LIMIT_CHAT_PER_MINUTE: '10',
  });
  await until(async () =>
    (await fromEach(async () => (await send('GET', '/health/ready')).status)).every((status) => status === 200),
  );
}, 90_000);
afterAll(() => server.stop('SIGKILL'));

it('shows a document that one worker took in every worker as soon as it was acknowledged', async () => {
  for (const nth of [1, 2, 3, 4, 5, 6]) {
    const body = { id: `note-${nth}`, title: `Note ${nth}`, text: `O escritório número ${nth} fica em Recife.` };
    const { status } = await send('POST', '/documents', body, { prefer: 'wait=30' });
    expect(status).toBe(201);
    for (const { results, degraded } of await fromEach(async () => search('onde fica o escritório'))) {
      expect(degraded).toEqual([]);
      expect(results.map(({ document_id }) => document_id)).toContain(`note-${nth}`);
    }
  }
  const answers = await fromEach(async () => search('escritório em Recife'));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

it('A9: shows a removed text in no worker once the removal was acknowledged, caches included', async () => {
  const text = 'A senha do cofre é abracadabra.';
  await send('POST', '/documents', { id: 'secret', title: 'Secret', text }, { prefer: 'wait=30' });
  // Twice: the second answer of each worker is from its cache.
  for (const { results } of [
    ...(await fromEach(async () => search('senha do cofre', {}))),
    ...(await fromEach(async () => search('senha do cofre', {}))),
  ]) {
    expect(results[0]?.document_id).toBe('secret');
  }
  expect((await send('DELETE', '/documents/secret')).status).toBe(204);
  for (const found of await fromEach(async () => search('senha do cofre', {}))) {
    expect(JSON.stringify(found)).not.toContain('abracadabra');
  }
});

it('hands uploads, jobs and asynchronous searches to the writer, with ids, problems and limits as they are', async () => {
  const form = new FormData();
  form.append('file', new Blob(['# Férias\n\nTrinta dias por ano.']), 'ferias.md');
  for (const { status, headers } of await fromEach(async () =>
    send('POST', '/search-async', { query: 'férias' }, { prefer: 'respond-async', 'x-request-id': 'mine-1' }),
  )) {
    expect(status).toBe(202);
    expect(headers['x-request-id']).toBe('mine-1');
    const path = headers.location ?? '';
    await until(async () => (JSON.parse((await send('GET', path)).text) as { state: string }).state === 'succeeded');
  }
  for (const problem of await fromEach(async () => send('POST', '/documents', { nonsense: true }))) {
    expect(problem.status).toBe(400);
    expect(problem.headers['content-type']).toMatch('application/problem+json');
    expect(problem.headers['server-timing']).toMatch(/^total;dur=[\d.]+$/);
  }
  const uploaded = await server.request('POST', '/documents', form, { prefer: 'wait=30' });
  expect(uploaded.status).toBe(201);
});

it('clears the caches of every worker', async () => {
  const status = async (): Promise<string> =>
    String((await send('POST', '/search', { query: 'férias por ano' })).headers['cache-status']);
  // Whoever is asked first after the clearing: each time it may be another worker.
  for (let round = 0; round < 4; round++) {
    let kept = 0;
    await until(async () => {
      kept = (await status()).includes('hit; detail=memory') ? kept + 1 : 0;
      return kept === 3 * workers;
    });
    expect((await send('DELETE', '/cache')).status).toBe(204);
    expect(await status()).toMatch('fwd=miss');
  }
});

it('C1: admits exactly the limit over all workers without Redis', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => (await send('POST', '/chat', { nonsense: true })).status),
  );
  expect(statuses.filter((status) => status !== 429)).toEqual(Array(10).fill(400));
});

it('lets nobody else open the door of the writer', () => {
  expect(statSync(join(server.dataDirectory, 'writer.sock')).mode & 0o777).toBe(0o600);
});

it('C13: loses with a killed worker what it was working on, and nothing a second later', async () => {
  const clients = 9;
  const load = new SearchLoad(server.url, clients, 3_000);
  await until(() => load.searches.length > 200);
  const killedAtMs = performance.now();
  process.kill(workerLines().find(({ isWriter }) => !isWriter)?.pid ?? 0, 'SIGKILL');
  const before = workerLines().length;
  await until(() => workerLines().length > before);
  const back = load.searches.length;
  await until(() => load.searches.length > back + 200);
  const failed = (await load.end()).filter(({ status }) => status !== 200);
  process.stdout.write(`C13: ${failed.length} of ${load.searches.length} searches failed\n`);
  // One for each client, at most: what was under way.
  expect(failed.length).toBeLessThanOrEqual(clients);
  for (const { startedAtMs } of failed) expect(startedAtMs).toBeLessThan(killedAtMs + 1_000);
}, 90_000);

it('goes on reading while a killed writer is started again, and writes when it is back', async () => {
  const writer = workerLines().find(({ isWriter }) => isWriter);
  process.kill(writer?.pid ?? 0, 'SIGKILL');
  // Nobody is left to ask for it: every worker that answers is a follower.
  await until(async () => {
    // One may have been on its way to the writer when it died: it is not waited for.
    const tooLate = new Promise<never>((_, reject) =>
      setTimeout(() => {
        reject(new Error('no answer'));
      }, 200),
    );
    const asked = Array.from({ length: workers }, async () => {
      const { text } = await Promise.race([send('GET', '/health/ready'), tooLate]);
      return text.includes('writes_unavailable') ? true : Promise.reject(new Error(text));
    });
    return await Promise.any(asked).catch(() => false);
  });
  const statuses: number[] = [];
  await until(async () => {
    const { status, headers, text } = await send('PUT', '/documents/again', { title: 'Again', text: 'De volta.' });
    statuses.push(status);
    if (status === 503) {
      expect(text).toContain('STORE_WRITER_AWAY');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    if (status !== 0) expect((await search('escritório')).results.length).toBeGreaterThan(0);
    return status === 202;
  });
  expect(statuses.filter((status) => status === 0).length).toBeLessThanOrEqual(1);
  expect(new Set([...statuses, 0, 202, 503])).toEqual(new Set([0, 202, 503]));
  await until(async () => JSON.stringify(await search('de volta')).includes('again'));
  expect(workerLines().filter(({ isWriter }) => isWriter)).toHaveLength(2);
}, 60_000);

it('leaves with code 0 when all workers have left, idle connections or not', async () => {
  const idle = httpGet(`${server.url}/health/live`, { headers: { connection: 'keep-alive' } });
  await once(idle, 'response');
  expect(await server.stop()).toBe(0);
});
