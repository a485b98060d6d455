/** `npm run fleet`: a fleet for a person to try. Ctrl-C stops all of it. */
import { parseArgs } from 'node:util';

import { Fleet } from './fleet';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      replicas: { type: 'string', default: '4' },
      vector: { type: 'string', default: 'chroma' },
      standby: { type: 'boolean', default: false },
      limits: { type: 'boolean', default: false },
    },
  });
  const { replicas, vector, standby, limits } = values;
  if (vector !== 'chroma' && vector !== 'pgvector') throw new Error('--vector is chroma or pgvector.');
  if (!/^[1-9]$/.test(replicas)) throw new Error('--replicas is 1 to 9.');
  const startedAtMs = performance.now();
  const fleet = await Fleet.start({
    replicas: Number(replicas),
    vector,
    hasStandby: standby,
    hasFaults: false,
    variables: { SAMPLE_CORPUS: 'true' },
    ...(limits ? {} : { edge: { rate: '10000r/s', burst: 10_000 } }),
  });
  const lines = [
    `Up after ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s; the manual is being read in.`,
    `nginx     ${fleet.edge.url}   https://127.0.0.1:${fleet.edge.httpsPort}`,
    ...fleet.servers.map(({ url, pid }, nth) => `server ${nth + 1}  ${url}   process ${pid}`),
    `postgres  ${fleet.postgres.url}`,
    ...(fleet.standby === undefined ? [] : [`standby   ${fleet.standby.url}`]),
    `redis     ${fleet.redis.url}`,
    ...(fleet.chroma === undefined ? [] : [`chroma    ${fleet.chroma.url}`]),
    'Ctrl-C stops all of it.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await fleet.stop();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
