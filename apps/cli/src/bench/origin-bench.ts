/**
 * The load test of the design that Acervo began from, as it was: ten questions, five results each, users × iterations.
 * "Users" are the first so many of ten questions, so twenty users are ten; an iteration waits for its slowest answer.
 */
import { performance } from 'node:perf_hooks';

export interface OriginScenario {
  readonly users: number;
  readonly iterations: number;
}

/** Seconds, as the origin reports them. */
export interface OriginResult extends OriginScenario {
  readonly total_requests: number;
  readonly success_rate: number;
  readonly avg_duration: number;
  readonly median_duration: number;
  readonly p95_duration: number;
  readonly p99_duration: number;
  readonly min_duration: number;
  readonly max_duration: number;
  /** Answers / elapsed time. */
  readonly requests_per_second: number;
  /** Answers / sum of their durations: the inverse of the mean, whatever runs at the same time. */
  readonly origin_requests_per_second: number;
}

export const whyTheFormulaIsWrong =
  'The origin divides answers by the sum of their durations. That is 1 / mean: with n at a time it is n times too low.';

const queries = [
  'Como configurar Docker?',
  'Explicar microserviços',
  'Tutorial FastAPI',
  'Implementar cache Redis',
  'Arquitetura de sistemas distribuídos',
  'Padrões de design',
  'Segurança em APIs',
  'Monitoramento de aplicações',
  'CI/CD com GitHub Actions',
  'Testes automatizados',
];

export const originQueries: readonly string[] = queries;
const originScenarios: readonly OriginScenario[] = [
  { users: 5, iterations: 3 },
  { users: 10, iterations: 3 },
  { users: 20, iterations: 2 },
];

interface Sample {
  readonly seconds: number;
  readonly isOk: boolean;
}

export async function benchOrigin(
  url: string,
  headers: Readonly<Record<string, string>>,
  onProgress: (line: string) => void,
): Promise<OriginResult[]> {
  const results: OriginResult[] = [];
  for (const scenario of originScenarios) {
    const samples: Sample[] = [];
    const startMs = performance.now();
    for (let nth = 0; nth < scenario.iterations; nth += 1) {
      onProgress(`${scenario.users} users, iteration ${nth + 1} of ${scenario.iterations}`);
      const batch = queries.slice(0, scenario.users).map(async (query) => ask(url, headers, query));
      samples.push(...(await Promise.all(batch)));
    }
    results.push(analyse(scenario, samples, (performance.now() - startMs) / 1_000));
  }
  return results;
}

/** Percentiles as the origin takes them: the element at ⌊q·n⌋ of the sorted ones; median of two middle ones: theirs. */
export function analyse(scenario: OriginScenario, samples: readonly Sample[], elapsedSeconds: number): OriginResult {
  const ok = samples.filter(({ isOk }) => isOk).map(({ seconds }) => seconds);
  ok.sort((a, b) => a - b);
  const at = (q: number): number => ok[Math.floor(q * ok.length)] ?? NaN;
  const sum = ok.reduce((total, seconds) => total + seconds, 0);
  const half = Math.floor(ok.length / 2);
  return {
    ...scenario,
    total_requests: samples.length,
    success_rate: ok.length / samples.length,
    avg_duration: sum / ok.length,
    median_duration: ok.length % 2 === 1 ? (ok[half] ?? NaN) : ((ok[half - 1] ?? NaN) + (ok[half] ?? NaN)) / 2,
    p95_duration: at(0.95),
    p99_duration: at(0.99),
    min_duration: ok[0] ?? NaN,
    max_duration: ok.at(-1) ?? NaN,
    requests_per_second: ok.length / elapsedSeconds,
    origin_requests_per_second: sum > 0 ? ok.length / sum : 0,
  };
}

async function ask(url: string, headers: Readonly<Record<string, string>>, query: string): Promise<Sample> {
  const startMs = performance.now();
  const isOk = await fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, max_results: 5 }),
    signal: AbortSignal.timeout(60_000),
  }).then(
    async (response) => {
      await response.json();
      return response.status === 200;
    },
    // As in the origin: whatever fails is a request without success, and counted.
    () => false,
  );
  return { seconds: (performance.now() - startMs) / 1_000, isOk };
}
