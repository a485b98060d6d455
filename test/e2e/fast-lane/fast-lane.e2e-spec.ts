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
import { documents, put } from './documents';
import { headerOf, RawClient, type Exchange } from './raw-client';
import { expectSame } from './same-answers';
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
