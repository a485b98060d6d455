/**
 * A real Prometheus scrapes the built server while clients search: it understands everything, and what it has counted
 * is what the clients have. SCRAPE_SECONDS sets how long; the last figure of a minute is in docs/en/monitoring.md.
 */
import { describeWithPrometheus, startPrometheusServer, type PrometheusServer } from '@acervo/testing';

import { AcervoProcess } from './acervo-process';
import { SearchLoad } from './search-load';

const seconds = Number(process.env['SCRAPE_SECONDS'] ?? 15);
const clients = 8;
const samplesOf = 'acervo_http_requests_total{route="/search",method="POST"}';

describeWithPrometheus('a Prometheus that scrapes a server under load', () => {
  let server: AcervoProcess;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    server = await AcervoProcess.start({ LOG_LEVEL: 'error', WORKERS: '2', EMBEDDING_THREADS: '1' });
    await server.ready();
    prometheus = await startPrometheusServer(new URL(server.url).host);
  }, 60_000);

  afterAll(async () => {
    await prometheus.stop();
    await server.stop();
  });

  const valueOf = async (expression: string): Promise<number> =>
    (await prometheus.query(expression))[0]?.value ?? Number.NaN;

  /** Until a scrape has seen the end of the load. */
  async function settled(expression: string): Promise<number> {
    for (let before = -1; ;) {
      const now = await valueOf(expression);
      if (now === before) return now;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }

  it(
    'reads every line, and counts what the clients have counted',
    async () => {
      const load = new SearchLoad(server.url, clients, 20_000);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      const searches = await load.end();
      const answered = searches.filter(({ status }) => status > 0);
      const counted = await settled(`sum(${samplesOf})`);
      const measured = await valueOf('sum(acervo_http_request_duration_seconds_count{route="/search",method="POST"})');
      const ok = await valueOf(`sum(${samplesOf.replace('}', ',status="200"}')})`);
      const report = { clients: answered.length, counted, measured, scrapes: await valueOf('count_over_time(up[5m])') };
      process.stdout.write(`Prometheus beside ${clients} clients for ${seconds} s: ${JSON.stringify(report)}\n`);
      expect(answered.length).toBeGreaterThan(50);
      expect(Math.abs(counted / answered.length - 1)).toBeLessThanOrEqual(0.01);
      expect(Math.abs(measured / answered.length - 1)).toBeLessThanOrEqual(0.01);
      expect(ok).toBe(answered.filter(({ status }) => status === 200).length);
      expect(await valueOf('min_over_time(up[5m])')).toBe(1);
      expect(await valueOf('min_over_time(scrape_samples_scraped[5m])')).toBeGreaterThan(100);
      expect(prometheus.log).not.toMatch(/Append failed|Error on ingesting|out-of-order|duplicate/i);
    },
    (seconds + 60) * 1_000,
  );

  it('finds no fault with the text', async () => {
    const [build] = await prometheus.query('acervo_build_info');
    expect(build?.metric).toMatchObject({ job: 'acervo', nodejs: process.version });
    const quantile = await valueOf(
      'histogram_quantile(0.95, sum by (le) (acervo_http_request_duration_seconds_bucket{route="/search"}))',
    );
    expect(quantile).toBeGreaterThan(0);
    expect(quantile).toBeLessThan(60);
  });
});
