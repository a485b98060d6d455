import { createLogger, openEngines, type Engines } from '@acervo/api';
import { loadConfig, type AcervoConfig } from '@acervo/config';
import { callContext, type CallContext } from '@acervo/kernel';

export interface Workbench {
  readonly config: AcervoConfig;
  readonly engines: Engines;
  /** Ends on Ctrl-C, or after a day: a command line has no client that gives up. */
  readonly context: CallContext;
}

const dayMs = 24 * 60 * 60_000;

/**
 * Opens the engines of the configuration, with `overrides` in front of it, and closes them whatever happens.
 * @throws DomainError STORE_LOCKED when a server owns the data folder
 */
export async function withEngines<T>(
  overrides: Readonly<Record<string, string>>,
  work: (bench: Workbench) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig(undefined, undefined, overrides);
  const interrupted = new AbortController();
  const onInterrupt = (): void => {
    interrupted.abort();
  };
  process.once('SIGINT', onInterrupt);
  const engines = await openEngines(config, createLogger({ ...config, LOG_LEVEL: 'warn' }));
  const context = callContext(dayMs, interrupted.signal);
  try {
    await engines.openCollections(context);
    return await work({ config, engines, context });
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    await engines.close();
  }
}
