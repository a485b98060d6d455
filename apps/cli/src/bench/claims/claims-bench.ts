/** What the origin promised, measured one by one on servers of their own. About six minutes. */
import { withBenchServers, type BenchServers } from '../bench-server';
import type { Ratio } from '../compare/bootstrap';
import { benchCompare, type Compared, type CompareResult, type Contender } from '../compare/compare-bench';
import { conditionsNow } from '../conditions';
import type { Pace, WireRequest, Work } from '../load/load-order';
import type { LoadProcess } from '../load/load-process';
import { readQueries } from '../load/read-queries';
import { measureChunking } from './chunking-gain';
import { promises, type Claim, type ClaimId, type ClaimsReport } from './claims-report';

type Report = (line: string) => void;
type Names = 'cached' | 'uncached';

const whole = { rounds: 10, secondsPerRound: 2 };
const quick = { rounds: 4, secondsPerRound: 1 };
const quickPages = [
  'docs/en/docker.md',
  'docs/pt/docker.md',
  'docs/en/caching-with-redis.md',
  'docs/pt/cache-com-redis.md',
];
const one: Pace = { kind: 'closed', atOnce: 1 };
const many: Pace = { kind: 'closed', atOnce: 8 };

export async function benchClaims(load: LoadProcess, isQuick: boolean, onProgress: Report): Promise<ClaimsReport> {
  const conditions = conditionsNow();
  const queries = await readQueries(undefined);
  const repeated = repeatedWork(queries);
  const fresh: Work = { ...repeated, isFresh: true };
  const results: CompareResult[] = [];
  const claims = await withBenchServers(
    { cached: { FAST_LANE: 'true' }, uncached: { ENABLE_CACHE: 'false', MAX_CONCURRENT_REQUESTS: '16' } },
    async (servers: BenchServers<Names>) => {
      const compare = async (name: string, contenders: readonly Contender[], work: Work): Promise<CompareResult> => {
        const result = await benchCompare(
          load,
          { contenders, pace: one, work, ...(isQuick ? quick : whole), headers: {} },
          (line) => {
            onProgress(`${name}: ${line}`);
          },
        );
        results.push(result);
        return result;
      };
      // First, for it asks every question: all that is repeated later is a hit. A restart changes addresses.
      const tiers = await measureTiers(load, servers, queries, onProgress);
      const [cached, uncached] = [servers.of('cached').url, servers.of('uncached').url];
      const cache = await compare('query cache', [at('without', uncached), at('with', cached)], repeated);
      const pooled = await compare(
        'pooling',
        [{ ...at('without', cached), keepsConnections: false }, at('with', cached)],
        repeated,
      );
      const gzip = await compare(
        'gzip',
        [at('without', cached), { ...at('with', cached), headers: { 'accept-encoding': 'gzip' } }],
        repeated,
      );
      const concurrent = await compare(
        'async',
        [
          { ...at('without', uncached), pace: one },
          { ...at('with', uncached), pace: many },
        ],
        fresh,
      );
      return [
        reduction(
          'query_cache',
          cache,
          ({ mean }) => mean,
          ({ meanMs }) => meanMs,
        ),
        tiers,
        times('async', concurrent),
        reduction(
          'pooling',
          pooled,
          ({ mean }) => mean,
          ({ meanMs }) => meanMs,
        ),
        bytes('gzip', gzip),
      ];
    },
    onProgress,
    isQuick ? quickPages : undefined,
  );
  const chunking = isQuick ? [] : [await measureChunking(onProgress)];
  const noClaim = results.flatMap(({ verdict }) => (verdict.isClaim ? [] : verdict.reasons));
  return { conditions, isQuick, claims: [...claims, ...chunking], noClaim: [...new Set(noClaim)] };
}

function repeatedWork(queries: readonly string[]): Extract<Work, { kind: 'mix' }> {
  return { kind: 'mix', routes: { search: 1 }, queries, zipf: 1, isFresh: false, firstNumber: 0, maxResults: 5 };
}

function at(name: string, url: string): Contender {
  return { name, url };
}

function pair({ servers }: CompareResult): readonly [Compared, Compared] {
  const [without, with_] = servers;
  if (without === undefined || with_ === undefined) throw new Error('Two servers were to be compared.');
  return [without, with_];
}

function reduction(
  id: ClaimId,
  result: CompareResult,
  ratioOf: (compared: Compared) => Ratio,
  valueOf: (compared: Compared) => number,
): Claim {
  const [without, with_] = pair(result);
  const { ratio, low, high } = ratioOf(with_);
  return {
    ...{ id, promised: promises[id], measured: 1 - ratio, interval: [1 - high, 1 - low] },
    figures: { without: valueOf(without), with: valueOf(with_) },
  };
}

function times(id: ClaimId, result: CompareResult): Claim {
  const [without, with_] = pair(result);
  const { ratio, low, high } = with_.rate;
  return {
    ...{ id, promised: promises[id], measured: ratio, interval: [low, high] },
    figures: { without: without.okPerSecond, with: with_.okPerSecond },
  };
}

function bytes(id: ClaimId, result: CompareResult): Claim {
  const [without, with_] = pair(result);
  const figures = { without: without.bytesPerAnswer, with: with_.bytesPerAnswer };
  return { id, promised: promises[id], measured: 1 - figures.with / figures.without, figures };
}

/** Answers of a server that was restarted, so that its memory is empty and its disk is not, beside computed ones. */
async function measureTiers(
  load: LoadProcess,
  servers: BenchServers<Names>,
  queries: readonly string[],
  onProgress: Report,
): Promise<Claim> {
  const requests = queries.map((query): WireRequest => {
    const body = JSON.stringify({ query, max_results: 5 });
    return { route: 'search', method: 'POST', path: '/search', headers: { 'content-type': 'application/json' }, body };
  });
  const onceEach = async (name: Names): Promise<number> => {
    const { service } = await load.run({
      ...{ url: servers.of(name).url, pace: one, ms: 60_000 },
      work: { kind: 'list', requests, isOnce: true },
    });
    return service.mean;
  };
  onProgress('cache tiers: filling');
  await onceEach('cached');
  await servers.restart('cached');
  onProgress('cache tiers: computed, from the disk, from memory');
  const [computed, disk, memory] = [await onceEach('uncached'), await onceEach('cached'), await onceEach('cached')];
  const id = 'cache_tiers';
  return {
    id,
    promised: promises[id],
    measured: 1 - disk / computed,
    figures: { without: computed, with: disk, memory },
  };
}
