/**
 * The lane and the router ask the same limiter and the same keys: a server with the lane and one without it admit and
 * refuse the same requests, in the same words, to the last permit.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '@acervo/kernel';

import { createKey } from '../acervo-command';
import { AcervoProcess } from '../acervo-process';
import { documents, put } from './documents';
import { headerOf, RawClient } from './raw-client';
import { expectSame } from './same-answers';
import { RequestGenerator, type StrangeRequest } from './strange-requests';

const requests = 800;
const seed = Number(process.env['FAST_LANE_SEED'] ?? 20_261_124);
/** No permit comes back in this time. */
const windowMs = 60_000;

const settings = {
  AUTH: 'keys',
  CORS_ORIGINS: 'https://app.example.com',
  LOG_LEVEL: 'warn',
  CACHE_SIZE: '10000',
  CACHE_DISK_MEGABYTES: '0',
  LIMIT_SEARCH_PER_MINUTE: '120',
};

describe('the fast lane beside the router, with keys and limits', () => {
  let directory: string;
  let lane: AcervoProcess;
  let router: AcervoProcess;
  const keys: string[] = [];
  let admin: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acervo-lane-'));
    const [first, second] = [join(directory, 'lane'), join(directory, 'router')];
    const open = { ...settings, AUTH: 'off' };
    const filling = await AcervoProcess.start({ ...open, DATA_DIR: await mkdtemp(join(directory, 'first-')) });
    await filling.ready();
    for (const [id, title, text] of documents) await put(filling, id, title, text);
    await filling.stop();
    for (const options of [[], ['--limit', 'search=30'], ['--limit', 'search=0'], ['--scope', 'ingest']])
      keys.push((await createKey(filling.dataDirectory, ...options)).key);
    admin = (await createKey(filling.dataDirectory, '--scope', 'admin')).key;
    await cp(filling.dataDirectory, first, { recursive: true });
    await cp(filling.dataDirectory, second, { recursive: true });
    lane = await AcervoProcess.start({ ...settings, DATA_DIR: first });
    router = await AcervoProcess.start({ ...settings, DATA_DIR: second, FAST_LANE: 'false' });
    await Promise.all([lane.ready(), router.ready()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([lane.stop(), router.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  it(`gives the same answers to ${requests} requests of four keys, and of none`, async () => {
    const random = seededRandom(seed);
    const generator = new RequestGenerator(random, 'limited', []);
    const clients = [lane, router].map(({ url }) => new RawClient(Number(new URL(url).port)));
    const [ours, theirs] = clients;
    if (ours === undefined || theirs === undefined) throw new Error('There are two.');
    const startedMs = performance.now();
    const statuses: Record<string, number> = {};
    for (let nth = 0; nth < requests;) {
      const strange = generator.next();
      // Whose turn comes first in a pipeline, and whether half a request is counted, is chance.
      if (strange.methods.length > 1 || strange.hangsUp) continue;
      nth += 1;
      const request = withKey(strange, random() < 0.9 ? keys[Math.floor(random() ** 2 * keys.length)] : undefined);
      const send = async (client: RawClient) => client.exchange(request.pieces, request.methods, request.hangsUp);
      const [one, other] = await Promise.all([send(ours), send(theirs)]);
      expectSame(one, other, request, `seed ${seed}, number ${nth}`);
      for (const answer of one.answers) {
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        // Whoever may not come in spends nothing.
        if (/ 40[13] /.test(answer.status)) expect(headerOf(answer, 'ratelimit')).toBeUndefined();
      }
    }
    for (const client of clients) client.close();
    process.stdout.write(`limited lane: ${JSON.stringify(statuses)}\n`);
    expect(performance.now() - startedMs).toBeLessThan(windowMs);
    const count = (code: string): number =>
      Object.entries(statuses).reduce((sum, [status, many]) => sum + (status.includes(code) ? many : 0), 0);
    for (const code of ['200', '401', '403', '429']) expect(count(code)).toBeGreaterThan(10);
    const { body } = await lane.get<{ caches: { fast_lane: { hits: number } } }>('/cache', { 'x-api-key': admin });
    expect(body.caches.fast_lane.hits).toBeGreaterThan(20);
    const refused = lane.log.split('\n').filter((line) => line.includes('"status":429'));
    expect(refused.length).toBe(count('429'));
  }, 180_000);
});

function withKey(request: StrangeRequest, key: string | undefined): StrangeRequest {
  if (key === undefined) return request;
  const bytes = Buffer.concat(request.pieces);
  const end = bytes.indexOf('\r\n') + 2;
  const header = Buffer.from(`X-API-Key: ${key}\r\n`);
  return { ...request, pieces: [Buffer.concat([bytes.subarray(0, end), header, bytes.subarray(end)])] };
}
