/**
 * The life of a server: configuration, then either one process that does everything, or a primary and its workers.
 * A serving process listens before collections are loaded and before the manual is indexed: searches answer from what
 * is there.
 */
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';
import type { Logger } from 'pino';

import { configExitCode, ConfigError, describeConfig, loadConfig, type LoadedConfig } from '@acervo/config';
import { callContext, DomainError, type CallContext } from '@acervo/kernel';

import { startServer, type RunningServer } from './bootstrap';
import { drainOnSignal, drainTimeoutMs } from './drain';
import { openEngines, type Engines } from './engines';
import { checkAccess } from './identity';
import { createLogger } from './logger';
import { indexSampleCorpus } from './sample-corpus';
import { openTracing } from './tracing/open-tracing';
import { welcome } from './welcome';
import { doorOf, openDoor } from './workers/door';
import { Group } from './workers/group';
import { alone } from './workers/place';
import { Primary } from './workers/primary';

const openTimeoutMs = 10 * 60_000;
/** Beyond the drain: engines close, the writer waits for the followers. */
const stopGraceMs = 60_000;

export async function runServer(): Promise<void> {
  const loaded = await orExit(() => loadConfig());
  const logger = createLogger(loaded.config);
  if (cluster.isWorker) {
    await serve(loaded, logger, new Group(logger));
    return;
  }
  logger.info(
    { config: Object.fromEntries(describeConfig(loaded).map(({ name, value }) => [name, value])) },
    'configuration',
  );
  await orExit(async () => checkAccess(loaded.config, logger));
  const { WORKERS } = loaded.config;
  const workers = WORKERS === 'auto' ? availableParallelism() : WORKERS;
  if (workers === 1) await serve(loaded, logger, undefined);
  else process.exit(await runPrimary(loaded, workers, logger));
}

async function runPrimary({ config }: LoadedConfig, workers: number, logger: Logger): Promise<number> {
  const primary = new Primary({
    workers,
    door: await doorOf(config.DATA_DIR),
    stopTimeoutMs: config.DRAIN_DELAY_SECONDS * 1_000 + drainTimeoutMs + stopGraceMs,
    logger,
    onListening: (url) => process.stdout.write(welcome(url, config)),
  });
  return await primary.run();
}

/** @param group undefined when this process is alone */
async function serve(loaded: LoadedConfig, logger: Logger, group: Group | undefined): Promise<void> {
  const { config } = loaded;
  let engines: Engines | undefined;
  try {
    const tracing = openTracing(config, logger);
    const place = (await group?.join()) ?? alone;
    const opened = await openEngines(config, logger, place, group);
    engines = opened;
    const server = await startServer(config, opened, logger, place, group, tracing);
    const door = place.isWriter && place.door !== undefined ? await openDoor(place.door, server.route) : undefined;
    const stopping = drainOnSignal({
      server,
      delayMs: config.DRAIN_DELAY_SECONDS * 1_000,
      beforeClose: async () => {
        if (door === undefined) return;
        await Promise.race([group?.untilFollowersGone(), delay(drainTimeoutMs, undefined, { ref: false })]);
        door.close();
        door.closeAllConnections();
      },
      close: async () => {
        await opened.close();
        await tracing?.close();
      },
      logger,
    });
    if (group === undefined) process.stdout.write(welcome(server.url, config));
    group?.tellListening(server.url);
    await makeReady(loaded, opened, server, logger, stopping, place.isWriter);
  } catch (error) {
    logger.fatal({ err: error }, explainStart(error, config.HOST, config.PORT));
    await engines?.close();
    process.exit(1);
  }
}

async function orExit<T>(configure: () => T | Promise<T>): Promise<T> {
  try {
    return await configure();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${pc.red(error.message)}\n`);
    process.exit(configExitCode);
  }
}

/** Collections are opened first: until then semantic search says so in `degraded`. */
async function makeReady(
  { config }: LoadedConfig,
  engines: Engines,
  server: RunningServer,
  logger: Logger,
  stopping: AbortSignal,
  isWriter: boolean,
): Promise<void> {
  try {
    const context = callContext(openTimeoutMs, stopping);
    await engines.openCollections(context);
    const isCurrent = isWriter && (await ensureDefaultCollection(config.COLLECTION_NAME, engines, context, logger));
    if (server.readiness.state === 'starting') server.readiness.state = 'ready';
    if (isCurrent && config.SAMPLE_CORPUS) await indexSampleCorpus(config, engines, logger, stopping);
  } catch (error) {
    if (stopping.aborted) return;
    throw error;
  }
}

/** False when it was built with other settings: the server stays for other collections, and says what to do. */
async function ensureDefaultCollection(
  name: string,
  { ingester }: Engines,
  context: CallContext,
  logger: Logger,
): Promise<boolean> {
  try {
    await ingester.ensureCollection(name, context);
    return true;
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'COLLECTION_OUTDATED')) throw error;
    logger.error({ code: error.code }, error.message);
    return false;
  }
}

function explainStart(error: unknown, host: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken: stop the other process or set PORT`;
  if (code === 'EACCES') return `No permission to listen on port ${port}: set PORT to 1024 or more`;
  return error instanceof Error ? error.message : 'The server could not start';
}
