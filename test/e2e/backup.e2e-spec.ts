/** A backup under load, and what is restored from it: the same answers, and every document acknowledged before. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runAcervo } from './acervo-command';
import { AcervoProcess, repositoryRoot } from './acervo-process';

const questions = 100;
const pages = ['en/backup-and-recovery.md', 'en/docker.md', 'en/limits.md', 'pt/docker.md', 'pt/limites.md'];
const wait = { prefer: 'wait=30' };

interface Found {
  readonly generation: number;
  readonly results: readonly unknown[];
  readonly degraded: readonly string[];
}

let root: string;
const running: AcervoProcess[] = [];
/** From sending a document to its acknowledgement, told and not judged: it depends on the machine. */
let slowestMs = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'acervo-backup-'));
});
afterAll(async () => {
  for (const server of running) await server.stop('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

async function start(dataDirectory: string): Promise<AcervoProcess> {
  const server = await AcervoProcess.start({ DATA_DIR: dataDirectory });
  running.push(server);
  await server.ready();
  return server;
}

async function readQuestions(): Promise<readonly string[]> {
  const lines = await readFile(join(repositoryRoot, 'test/quality/manual/queries.jsonl'), 'utf8');
  const all = lines.split('\n').filter((line) => line !== '');
  return all.slice(0, questions).map((line) => (JSON.parse(line) as { text: string }).text);
}

async function answersOf(server: AcervoProcess, asked: readonly string[]): Promise<readonly Found[]> {
  const answers: Found[] = [];
  for (const query of asked) {
    const { status, body } = await server.post<Found>('/search', { query });
    if (status !== 200) throw new Error(`${status} for ${query}`);
    answers.push(body);
  }
  return answers;
}

it(`gives equal answers to ${questions} questions, and later generations, in an empty folder`, async () => {
  const server = await AcervoProcess.start();
  running.push(server);
  await server.ready();
  for (const page of pages) {
    const text = await readFile(join(repositoryRoot, 'docs', page), 'utf8');
    const document = { id: page.replaceAll('/', '.'), title: page, text, doc_type: 'markdown' };
    expect((await server.post('/documents', document, wait)).status).toBe(201);
  }
  const asked = await readQuestions();
  const before = await answersOf(server, asked);

  const load = new AbortController();
  const acknowledged: string[] = [];
  const written = writers(server, load.signal, acknowledged);
  while (acknowledged.length < 5) await server.get('/health/live');
  const untilThen = [...acknowledged];
  const backup = join(root, 'backup');
  const from = performance.now();
  const made = await runAcervo(server.dataDirectory, ['backup', backup]);
  const seconds = (performance.now() - from) / 1_000;
  const during = acknowledged.length - untilThen.length;
  load.abort();
  const failures = (await Promise.all(written)).flat();
  process.stdout.write(
    `A10: ${during} documents were acknowledged during a backup of ${seconds.toFixed(1)} s, the slowest after ${Math.round(slowestMs)} ms\n`,
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(failures).toEqual([]);

  const restored = join(root, 'restored');
  await mkdir(restored);
  expect(await runAcervo(restored, ['restore', backup])).toMatchObject({ code: 0, stderr: '' });
  const second = await start(restored);
  const after = await answersOf(second, asked);

  expect(after.map(({ results }) => results)).toEqual(before.map(({ results }) => results));
  expect(after.flatMap(({ degraded }) => degraded)).toEqual([]);
  for (const [nth, { generation }] of after.entries())
    expect(generation).toBeGreaterThan(before[nth]?.generation ?? NaN);
  for (const id of untilThen) expect((await second.get(`/documents/${id}?collection=load`)).status).toBe(200);
}, 240_000);

/** Clients that add to a collection of their own and search beside it; each resolves to what failed. */
function writers(server: AcervoProcess, over: AbortSignal, acknowledged: string[]): readonly Promise<string[]>[] {
  return [0, 1, 2].map(async (client) => {
    const failures: string[] = [];
    for (let nth = 0; !over.aborted; nth++) {
      const id = `c${client}-n${nth}`;
      const document = { id, title: id, text: `Relatório ${id} do laboratório. `.repeat(20), collection: 'load' };
      const from = performance.now();
      const { status } = await server.post('/documents', document, wait);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      if (status === 201) acknowledged.push(id);
      else failures.push(`${status} for ${id}`);
      const search = await server.post('/search', { query: id, collection: 'load' });
      if (search.status !== 200) failures.push(`${search.status} for a search of ${id}`);
    }
    return failures;
  });
}
