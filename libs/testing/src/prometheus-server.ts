import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sparePort } from './loopback';
import { answers, describeWhere, untilReady } from './server-child';

/** A series of an instant query. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Evaluates an expression now, on what was scraped until now. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
  /** What it said so far. */
  readonly log: string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;
const isPrometheusInstalled = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

/** `describe` where Prometheus is installed; elsewhere the suite is skipped, loudly. Debian: apt-get install prometheus. */
export function describeWithPrometheus(name: string, suite: () => void): void {
  describeWhere(isPrometheusInstalled, 'Prometheus is not installed', name, suite);
}

/** What promtool says of `input`, or of files: empty when it has no objection. */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stderr : `${stdout}${stderr}exit code ${status}`;
}

/** A real Prometheus on loopback and a free port. Rejects with what it said when it does not start. */
export async function startPrometheusServer(target: string, scrapeIntervalSeconds = 1): Promise<PrometheusServer> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-prometheus-'));
  const port = await sparePort();
  const interval = `${scrapeIntervalSeconds}s`;
  await writeFile(
    join(directory, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: interval, scrape_timeout: interval },
      scrape_configs: [{ job_name: 'acervo', static_configs: [{ targets: [target] }] }],
    }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=debug',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = `http://127.0.0.1:${port}`;
  const { log, stop } = await untilReady({
    ...{ name: 'Prometheus', child, directory, timeoutMs: startTimeoutMs, keptCharacters: 200_000 },
    isReady: async () => answers(`${url}/-/ready`),
  });
  return {
    url,
    stop,
    get log() {
      return log();
    },
    query: async (expression) => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = (await answer.json()) as {
        data: { result: readonly { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
  };
}
