/**
 * `npm run fleet:figures`: what nginx and a second server are worth, in processor time, as JSON.
 *
 * Rates are per second of processor time of the processes that serve: wall-clock rates of a machine whose client shares
 * its processors say little. The client's share is reported beside them.
 */
import { parseArgs } from 'node:util';

import { cpuMsOf, treeCpuMs } from '../../apps/cli/src/bench/process-cpu';
import { Fleet } from './fleet';
import { FleetClient, type FleetAnswer } from './fleet-client';

interface Run {
  readonly requests: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly servingCpuSeconds: number;
  readonly perCpuSecond: number;
  /** Of all the processor time of the run that was used here. */
  readonly clientShare: number;
}

async function measure(
  pids: readonly number[],
  clients: number,
  seconds: number,
  ask: (client: FleetClient, nth: number) => Promise<FleetAnswer>,
): Promise<Run> {
  const servingSeconds = async (): Promise<number> =>
    (await Promise.all(pids.map(treeCpuMs))).reduce((sum, ms) => sum + ms, 0) / 1_000;
  const clientSeconds = async (): Promise<number> => (await cpuMsOf(process)) / 1_000;
  const before = { serving: await servingSeconds(), client: await clientSeconds(), atMs: performance.now() };
  const untilMs = before.atMs + seconds * 1_000;
  let requests = 0;
  let failed = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, nth) => {
      const client = new FleetClient(20 + nth, 1);
      for (let round = 0; performance.now() < untilMs; round++) {
        const { status } = await ask(client, round * clients + nth);
        requests++;
        if (status !== 200) failed++;
      }
      client.close();
    }),
  );
  const elapsed = (performance.now() - before.atMs) / 1_000;
  const servingCpuSeconds = (await servingSeconds()) - before.serving;
  const client = (await clientSeconds()) - before.client;
  return {
    requests,
    failed,
    perSecond: requests / elapsed,
    servingCpuSeconds,
    perCpuSecond: requests / servingCpuSeconds,
    clientShare: client / (client + servingCpuSeconds),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      clients: { type: 'string', default: '8' },
      vector: { type: 'string', default: 'pgvector' },
    },
  });
  const seconds = Number(values.seconds);
  const clients = Number(values.clients);
  const vector = values.vector === 'chroma' ? 'chroma' : 'pgvector';
  const figures: Record<string, unknown> = { clients, seconds, vector };
  for (const replicas of [1, 2]) {
    const fleet = await Fleet.start({
      replicas,
      vector,
      hasFaults: false,
      // Nobody is trusted: requests that came through a CDN are not answered from copies.
      edge: { rate: '1000000r/s', burst: 1_000_000, trusted: [] },
      variables: { MAX_CONCURRENT_REQUESTS: '100' },
    });
    try {
      const writer = new FleetClient(19);
      for (let nth = 0; nth < 100; nth++) {
        const text = `Documento ${nth}. Trinta dias de férias por ano, pedidos com ${nth} dias de antecedência ao chefe da área ${nth % 7}.`;
        const body = { id: `d${nth}`, title: `Férias ${nth}`, text };
        await writer.ask(fleet.edge.url, { method: 'POST', path: '/documents', body, headers: { prefer: 'wait=30' } });
      }
      writer.close();
      const servers = fleet.servers.map(({ pid }) => pid);
      const everything = [...servers, fleet.edge.pid];
      const run = replicas;
      const uncached = async (client: FleetClient, nth: number): Promise<FleetAnswer> =>
        client.ask(fleet.edge.url, {
          method: 'POST',
          path: '/search',
          body: { query: `férias da área ${run} ${nth}` },
        });
      await measure(everything, clients, 2, async (client, nth) => uncached(client, nth + 1_000_000));
      figures[`uncached, ${replicas} behind nginx`] = await measure(everything, clients, seconds, uncached);
      if (replicas > 1) continue;
      const direct = async (client: FleetClient, nth: number): Promise<FleetAnswer> =>
        client.ask(fleet.server(0).url, { path: `/search?q=f%C3%A9rias+direto+${nth}` });
      figures['uncached, direct'] = await measure(servers, clients, seconds, direct);
      figures['repeated, through nginx'] = await measure(everything, clients, seconds, async (client) =>
        client.ask(fleet.edge.url, { path: '/search?q=f%C3%A9rias' }),
      );
    } finally {
      await fleet.stop();
    }
  }
  const of = (name: string): Run => figures[name] as Run;
  figures['edge cache, times'] = of('repeated, through nginx').perCpuSecond / of('uncached, direct').perCpuSecond;
  figures['two servers, times'] = of('uncached, 2 behind nginx').perSecond / of('uncached, 1 behind nginx').perSecond;
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
