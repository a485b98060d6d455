/**
 * The life of a server process: configuration, engines, listening, sample corpus, and the way out.
 * It listens before collections are loaded and before the manual is indexed: searches answer from what is there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';
import type { Logger } from 'pino';

import { configExitCode, ConfigError, describeConfig, loadConfig, type LoadedConfig } from '@acervo/config';
import { callContext, DomainError, type CallContext } from '@acervo/kernel';

import { startServer, type RunningServer } from './bootstrap';
import { openEngines, type Engines } from './engines';
import { createLogger } from './logger';
import { indexSampleCorpus } from './sample-corpus';
import { welcome } from './welcome';

const openTimeoutMs = 10 * 60_000;
const drainTimeoutMs = 30_000;

export async function runServer(): Promise<void> {
  const loaded = loadOrExit();
  const { config } = loaded;
  const logger = createLogger(config);
  logger.info(
    { config: Object.fromEntries(describeConfig(loaded).map(({ name, value }) => [name, value])) },
    'configuration',
  );

  let engines: Engines | undefined;
  try {
    engines = await openEngines(config, logger);
    const server = await startServer(config, engines, logger);
    const stopping = stopOnSignal(server, engines, config.DRAIN_DELAY_SECONDS * 1_000, logger);
    process.stdout.write(welcome(server.url, config));
    await makeReady(loaded, engines, server, logger, stopping);
  } catch (error) {
    logger.fatal({ err: error }, explainStart(error, config.HOST, config.PORT));
    await engines?.close();
    process.exit(1);
  }
}

function loadOrExit(): LoadedConfig {
  try {
    return loadConfig();
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
): Promise<void> {
  try {
    const context = callContext(openTimeoutMs, stopping);
    await engines.openCollections(context);
    const isCurrent = await ensureDefaultCollection(config.COLLECTION_NAME, engines, context, logger);
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

/**
 * SIGTERM and SIGINT: not ready → drain delay → stop accepting → finish what runs → close engines → exit 0.
 * @returns aborted when stopping begins
 */
function stopOnSignal(server: RunningServer, engines: Engines, drainDelayMs: number, logger: Logger): AbortSignal {
  const stopping = new AbortController();
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    server.readiness.state = 'stopping';
    stopping.abort();
    await delay(drainDelayMs);
    const closing = server.app.close();
    server.app.getHttpServer().closeIdleConnections();
    await Promise.race([closing, delay(drainTimeoutMs, undefined, { ref: false })]);
    await engines.close();
    logger.info('stopped');
    process.exit(0);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stop(signal).catch((error: unknown) => {
      logger.fatal({ err: error }, 'the server did not stop cleanly');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}
