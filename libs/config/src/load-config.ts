/**
 * Reads the configuration once: environment variables, then a `.env` file, then NAME_FILE for secrets, then the
 * profile. `ACERVO_NAME` is another spelling of NAME, for hosts where a short name is taken. Every problem is
 * reported, not the first alone.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parse as parseDotenv } from 'dotenv';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';

import { environments, type Environment, type Setting } from './setting';
import { settings } from './settings';

export type SettingName = keyof typeof settings;
export type AcervoConfig = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer Output> ? Output : never;
};
/** Where a value came from, as `acervo config` prints it. */
export type Origin = 'command line' | 'environment' | '.env' | `file ${string}` | `profile ${Environment}` | 'default';

export interface LoadedConfig {
  readonly config: AcervoConfig;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** Exit code of a process with a bad configuration (EX_CONFIG of sysexits). */
export const configExitCode = 78;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
}

export const redacted = '[redacted]';

/** The one schema: values as written in a `.env` file in, values as the program sees them out. */
const configSchema = z.object(
  Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, (setting as Setting<unknown>).schema])),
);

interface Raw {
  readonly value: string;
  readonly origin: Origin;
}

const names = Object.keys(settings) as SettingName[];
const prefix = 'ACERVO_';

/**
 * @param variables usually `process.env`
 * @param dotenvPath a missing file is fine, an unreadable one is a problem
 * @param overrides values a command gives, in front of everything
 * @throws ConfigError with all problems
 */
export function loadConfig(
  variables: NodeJS.ProcessEnv = process.env,
  dotenvPath = '.env',
  overrides: NodeJS.ProcessEnv = {},
): LoadedConfig {
  const problems: string[] = [];
  const sources: [Origin, NodeJS.ProcessEnv][] = [
    ['command line', overrides],
    ['environment', variables],
    ['.env', readDotenv(dotenvPath, problems)],
  ];
  for (const [origin, source] of sources) problems.push(...unknownNames(source, origin));

  const environment = pickEnvironment(sources, problems);
  const raws = new Map<SettingName, Raw>();
  for (const name of names) {
    const raw = findRaw(name, settings[name], sources, problems) ?? defaultOf(settings[name], environment);
    if (raw !== undefined) raws.set(name, raw);
  }
  const parsed = configSchema.safeParse(Object.fromEntries([...raws].map(([name, raw]) => [name, raw.value])));
  const invalid = new Set(parsed.error?.issues.map((issue) => issue.path[0] as SettingName));
  for (const name of invalid) problems.push(explain(name, raws.get(name)));

  const originOf = (name: SettingName): Origin => raws.get(name)?.origin ?? 'default';
  const config = parsed.data as AcervoConfig | undefined;
  if (config !== undefined) problems.push(...contradictions(config));
  if (config === undefined || problems.length > 0) throw new ConfigError(problems);
  const origins = Object.fromEntries(names.map((name) => [name, originOf(name)])) as LoadedConfig['origins'];
  return { config, origins };
}

function readDotenv(path: string, problems: string[]): NodeJS.ProcessEnv {
  try {
    return parseDotenv(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      problems.push(`${path} cannot be read: ${(error as Error).message}`);
    }
    return {};
  }
}

/** Accepts NAME and ACERVO_NAME; an empty value counts as absent, as compose files write it. */
function findRaw(
  name: SettingName,
  setting: Setting<unknown>,
  sources: readonly [Origin, NodeJS.ProcessEnv][],
  problems: string[],
): Raw | undefined {
  for (const [origin, source] of sources) {
    const value = present(source[prefix + name]) ?? present(source[name]);
    const path = setting.isSecret
      ? (present(source[`${prefix}${name}_FILE`]) ?? present(source[`${name}_FILE`]))
      : undefined;
    if (value !== undefined && path !== undefined) {
      problems.push(`${name} and ${name}_FILE are both set (${origin}): keep one`);
    }
    if (value !== undefined) return { value, origin };
    if (path !== undefined) {
      try {
        return { value: readFileSync(path, 'utf8').trim(), origin: `file ${path}` };
      } catch (error) {
        problems.push(`${name}_FILE names a file that cannot be read: ${(error as Error).message}`);
        return undefined;
      }
    }
  }
  return undefined;
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function defaultOf(setting: Setting<unknown>, environment: Environment): Raw | undefined {
  const value = setting.defaults[environment];
  if (value === undefined) return undefined;
  const isSame = environments.every((other) => setting.defaults[other] === value);
  return { value, origin: isSame ? 'default' : `profile ${environment}` };
}

function pickEnvironment(sources: readonly [Origin, NodeJS.ProcessEnv][], problems: string[]): Environment {
  const raw = findRaw('ENVIRONMENT', settings.ENVIRONMENT, sources, problems);
  return environments.find((environment) => environment === raw?.value) ?? 'development';
}

function explain(name: SettingName, raw: Raw | undefined): string {
  const { expects, isSecret } = settings[name];
  if (raw === undefined) return `${name} is missing: expected ${expects}`;
  return `${name} is ${isSecret ? redacted : JSON.stringify(raw.value)} (${raw.origin}): expected ${expects}`;
}

function unknownNames(source: NodeJS.ProcessEnv, origin: Origin): string[] {
  const known = names.flatMap((name) => (settings[name].isSecret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(source)
    .filter((key) => key.startsWith(prefix) && !known.includes(key.slice(prefix.length)))
    .map(
      (key) =>
        `${key} (${origin}) is not a setting: did you mean ${prefix}${closest(key.slice(prefix.length), known)}?`,
    );
}

function contradictions(config: AcervoConfig): string[] {
  const found: string[] = [];
  if (config.CHUNK_OVERLAP >= config.CHUNK_SIZE) {
    found.push(`CHUNK_OVERLAP (${config.CHUNK_OVERLAP}) must be less than CHUNK_SIZE (${config.CHUNK_SIZE})`);
  }
  if (config.STORE === 'postgres' && config.DATABASE_URL === undefined) {
    found.push('STORE is postgres: set DATABASE_URL or DATABASE_URL_FILE');
  }
  if (config.VECTOR_INDEX === 'pgvector' && config.DATABASE_URL === undefined) {
    found.push('VECTOR_INDEX is pgvector: set DATABASE_URL or DATABASE_URL_FILE');
  }
  if (config.VECTOR_INDEX === 'chroma' && config.CHROMA_URL === undefined) {
    found.push('VECTOR_INDEX is chroma: set CHROMA_URL to the address of the server');
  }
  if (config.EMBEDDING_PROVIDER === 'openai' && config.OPENAI_API_KEY === undefined) {
    found.push('EMBEDDING_PROVIDER is openai: set OPENAI_API_KEY or OPENAI_API_KEY_FILE');
  }
  const notProxies = config.TRUSTED_PROXIES.filter((proxy) => !isProxy(proxy));
  if (notProxies.length > 0) {
    found.push(`TRUSTED_PROXIES holds ${notProxies.join(', ')}, which is no address or network`);
  }
  return found;
}

const networkNames = ['loopback', 'linklocal', 'uniquelocal'];

function isProxy(text: string): boolean {
  if (networkNames.includes(text)) return true;
  const [address = '', bits = '0'] = text.split('/');
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}
