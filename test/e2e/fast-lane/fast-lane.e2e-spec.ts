/**
 * The fast lane is an optimisation and nothing else: a server with it and one without it, over the same data, get the
 * same bytes and must give the same answers, header by header, whatever the bytes are.
 *
 * FAST_LANE_REQUESTS requests (10,000) from FAST_LANE_SEED.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '@acervo/kernel';

import { AcervoProcess } from '../acervo-process';
import { decoded, headerOf, RawClient, type Exchange, type RawAnswer } from './raw-client';
import { RequestGenerator, type StrangeRequest } from './strange-requests';

const requests = Number(process.env['FAST_LANE_REQUESTS'] ?? 10_000);
const seed = Number(process.env['FAST_LANE_SEED'] ?? 20_261_124);
const workers = 4;
/** The collection changes between them. */
const rounds = 8;
const keptTags = 16;
const largeBytes = 16_384;

const settings = {
  CORS_ORIGINS: 'https://app.example.com',
  LOG_LEVEL: 'warn',
  CACHE_SIZE: '10000',
  CACHE_DISK_MEGABYTES: '0',
};
const documents = [
  [
    'pt-1',
    'Férias',
    'Cada pessoa da equipe tem trinta dias de férias por ano, marcados com dois meses de antecedência.',
  ],
  ['pt-2', 'Reembolso', 'Despesas de viagem são reembolsadas em até dez dias após o envio da nota fiscal.'],
  ['en-1', 'Deploys', 'We deploy every weekday before noon; a rollback takes one command and five minutes.'],
] as const;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

describe('the fast lane beside the router', () => {
  let directory: string;
  let lane: AcervoProcess;
  let router: AcervoProcess;
  const open: Worker[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acervo-lane-'));
    const [first, second] = [join(directory, 'lane'), join(directory, 'router')];
    const filling = await AcervoProcess.start({ ...settings, DATA_DIR: await mkdtemp(join(directory, 'first-')) });
    await filling.ready();
    for (const [id, title, text] of documents) await put(filling, id, title, text);
    await filling.stop();
    await cp(filling.dataDirectory, first, { recursive: true });
    await cp(filling.dataDirectory, second, { recursive: true });
    lane = await AcervoProcess.start({ ...settings, DATA_DIR: first });
    router = await AcervoProcess.start({ ...settings, DATA_DIR: second, FAST_LANE: 'false' });
    await Promise.all([lane.ready(), router.ready()]);
  }, 120_000);
  afterAll(async () => {
    for (const worker of open) worker.close();
    await Promise.all([lane.stop(), router.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  it(`gives the same answers to ${requests} requests`, async () => {
    const shared = Array.from({ length: workers }, (_, nth) => new Worker(lane, router, nth));
    open.push(...shared);
    const share = Math.ceil(requests / workers / rounds);
    for (let round = 0; round < rounds; round++) {
      await Promise.all(shared.map(async (worker) => worker.run(share)));
      const text = `We deploy every weekday before noon; round ${round}: a rollback takes ${round} minutes.`;
      await Promise.all([put(lane, 'en-1', 'Deploys', text), put(router, 'en-1', 'Deploys', text)]);
    }
    const { body } = await lane.get<{ caches: { fast_lane: { hits: number } } }>('/cache');
    const { hits } = body.caches.fast_lane;
    process.stdout.write(
      `fast lane: ${shared.reduce((sum, { sent }) => sum + sent, 0)} requests, ${hits} by the lane\n`,
    );
    const stalls = shared.flatMap((worker) => worker.stalls);
    expect(stalls).toEqual([]);
    expect(hits).toBeGreaterThan(requests / 10);
    expect(JSON.stringify((await router.get('/cache')).body)).not.toContain('fast_lane');
  }, 600_000);
});

async function put(server: AcervoProcess, id: string, title: string, text: string): Promise<void> {
  const body = { id, title, text, date: '2026-05-01' };
  const { status } = await server.post('/documents', body, { prefer: 'wait=30' });
  expect([200, 201]).toContain(status);
}

/** Sends the same to both, one after the other, over connections and about questions of its own. */
class Worker {
  sent = 0;
  /** Connections that gave no answer on one of the servers only; the request was sent again over a new one. */
  readonly stalls: string[] = [];
  private previous: StrangeRequest | undefined;
  private isClosed = false;
  private readonly tags: string[] = [];
  private readonly generator: RequestGenerator;
  private readonly lane: RawClient;
  private readonly router: RawClient;

  constructor(lane: AcervoProcess, router: AcervoProcess, nth: number) {
    this.generator = new RequestGenerator(seededRandom(seed + nth), `w${nth}`, this.tags);
    this.lane = new RawClient(Number(new URL(lane.url).port));
    this.router = new RawClient(Number(new URL(router.url).port));
  }

  async run(count: number): Promise<void> {
    for (let nth = 0; nth < count && !this.isClosed; nth++) {
      const request = this.generator.next();
      const { pieces, methods, hangsUp } = request;
      const send = async (): Promise<[Exchange, Exchange]> =>
        Promise.all([this.lane.exchange(pieces, methods, hangsUp), this.router.exchange(pieces, methods, hangsUp)]);
      let [ours, theirs] = await send();
      if (ours.end !== theirs.end && [ours.end, theirs.end].includes('silent')) {
        const where = `${ours.end === 'silent' ? 'lane' : 'router'}, seed ${seed}, number ${nth}`;
        this.stalls.push(`${where}: ${shown(request)}, after ${shown(this.previous)}`);
        this.reconnect();
        [ours, theirs] = await send();
      }
      this.sent += methods.length;
      this.previous = request;
      expectSame(ours, theirs, request, `seed ${seed}, number ${nth}`);
      // What is left of a large body that was refused unread may stall a connection of either server.
      if (pieces.reduce((sum, { byteLength }) => sum + byteLength, 0) > largeBytes) this.reconnect();
      for (const answer of ours.answers) this.remember(headerOf(answer, 'etag'));
    }
  }

  close(): void {
    this.isClosed = true;
    this.reconnect();
  }

  private reconnect(): void {
    this.lane.close();
    this.router.close();
  }

  private remember(tag: string | undefined): void {
    if (tag === undefined || this.tags.includes(tag)) return;
    if (this.tags.length >= keptTags) this.tags.shift();
    this.tags.push(tag);
  }
}

function shown(request: StrangeRequest | undefined): string {
  return JSON.stringify(request?.pieces.map((piece) => piece.toString('latin1').slice(0, 400)));
}

function expectSame(ours: Exchange, theirs: Exchange, request: StrangeRequest, where: string): void {
  const isPipelined = request.methods.length > 1;
  const [one, other] = [ours, theirs].map(({ answers, end, rest }) => ({
    where,
    request: JSON.stringify(request.pieces.map((piece) => piece.toString('latin1'))),
    end,
    rest: rest.replace(uuid, 'uuid'),
    answers: answers.map((answer) => plain(answer, isPipelined)),
  }));
  expect(one).toEqual(other);
  ours.answers.forEach((answer, nth) => {
    expect(Math.abs(ttlOf(answer) - ttlOf(theirs.answers[nth]))).toBeLessThanOrEqual(1);
  });
}

/** Without what two requests never share. Which of equal requests at once comes first is chance: so is their cache state. */
function plain(answer: RawAnswer, isPipelined: boolean): object {
  // Of an answer that was computed it stands elsewhere.
  const isLeftOut = (name: string): boolean => isPipelined && name === 'Server-Timing';
  const compared = answer.headers.filter(([name]) => !isLeftOut(name));
  const headers = compared.map(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'date':
        return [name, ''];
      case 'x-request-id':
        return [name, value.replace(uuid, 'uuid')];
      case 'server-timing':
        return [name, value.replace(/dur=[\d.]+/g, 'dur=')];
      case 'cache-status':
        return [name, isPipelined ? '' : value.replace(/ttl=\d+/, 'ttl=')];
      default:
        return [name, value];
    }
  });
  const body = isProblem(answer) ? decoded(answer).toString().replace(uuid, 'uuid') : answer.body.toString('latin1');
  return { status: answer.status, headers: headers.map((header) => header.join(': ')), body };
}

function isProblem(answer: RawAnswer): boolean {
  return headerOf(answer, 'content-type')?.startsWith('application/problem+json') === true;
}

function ttlOf(answer: RawAnswer | undefined): number {
  return Number(/ttl=(\d+)/.exec((answer && headerOf(answer, 'cache-status')) ?? '')?.[1] ?? 0);
}
