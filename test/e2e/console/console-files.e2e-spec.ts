/** How the console comes over the wire. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AcervoProcess, repositoryRoot } from '../acervo-process';
import { describeWithChromium, launchChromium, visit } from './browser';

/** In ms since the address was asked for. */
const firstPaint = `new Promise((resolve) => {
  const seen = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => resolve(startTime));
  new PerformanceObserver(seen).observe({ type: 'paint', buffered: true });
})`;
const browsers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-encoding': 'gzip, deflate, br' };

describe('the files of the console', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ AUTH: 'keys' });
    await server.ready();
  }, 90_000);
  afterAll(() => server.stop());

  async function assets(): Promise<string[]> {
    const { body } = await server.get<string>('/', browsers);
    return [...body.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path = '']) => path);
  }

  it('come without a key, under a policy that allows nothing inline and nothing from elsewhere', async () => {
    const { status, headers, body } = await server.get<string>('/', browsers);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/);
  });

  it('are kept by browsers for ever, and the page as long as it is the same', async () => {
    for (const path of await assets()) {
      const { status, headers } = await server.get(path, browsers);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
    const page = await server.get('/', browsers);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const known = { 'if-none-match': page.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await server.get('/', { ...browsers, ...known });
    expect(again.status).toBe(304);
  });

  it('come in the coding that the browser takes', async () => {
    const [path = ''] = (await assets()).filter((name) => name.endsWith('.js'));
    const bytes = new Map<string, string>();
    for (const coding of ['br', 'gzip', 'identity']) {
      const { headers, body } = await server.get<string>(path, { 'accept-encoding': coding });
      expect(headers.get('content-encoding')).toBe(coding === 'identity' ? null : coding);
      expect(headers.get('vary')).toContain('Accept-Encoding');
      bytes.set(headers.get('etag') ?? '', body);
    }
    expect(bytes.size).toBe(3);
    expect(new Set(bytes.values()).size).toBe(1);
  });

  it('leave programs alone: they get a signpost, and problems instead of pages', async () => {
    const { headers, body } = await server.get('/', { accept: 'application/json' });
    expect(body).toMatchObject({ name: 'acervo', docs: '/docs' });
    expect(headers.get('vary')).toContain('Accept');
    expect((await server.get('/nowhere', { accept: '*/*' })).body).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    const page = await server.get<string>('/nowhere', browsers);
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect((await server.get('/console/assets/nothing.js')).body).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    expect((await server.get('/console/assets/..%2Findex.html')).status).toBe(404);
  });
});

describeWithChromium('the first picture', () => {
  it('is timed by the browser; the figure is told, not judged here', async () => {
    const [server, browser] = await Promise.all([AcervoProcess.start(), launchChromium()]);
    await server.ready();
    const times: number[] = [];
    for (let load = 0; load < 7; load++) {
      const { page, close } = await visit(browser, server.url, 'light');
      await page.goto(server.url);
      times.push(await page.evaluate(firstPaint));
      await close();
    }
    await browser.close();
    await server.stop();
    const sorted = times.toSorted((a, b) => a - b).map((ms) => Math.round(ms));
    const figures = { first_contentful_paint_ms: { median: sorted[3], all: sorted } };
    process.stdout.write(`Console: ${JSON.stringify(figures)}\n`);
    await mkdir(join(repositoryRoot, '.ci/artefacts'), { recursive: true });
    await writeFile(join(repositoryRoot, '.ci/artefacts/console.json'), JSON.stringify(figures));
    expect(times).toHaveLength(7);
  }, 90_000);
});
