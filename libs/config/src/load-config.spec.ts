import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeConfig } from './describe-config';
import { ConfigError, loadConfig } from './load-config';

const folder = mkdtempSync(join(tmpdir(), 'acervo-config-'));
const absent = join(folder, 'absent.env');

function problemsOf(variables: NodeJS.ProcessEnv, dotenv = absent): readonly string[] {
  try {
    loadConfig(variables, dotenv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the profiles', () => {
  it.each([
    [
      'development',
      [500, 50, 'documents_dev', 100, 1800, 5, 30, 'gpt-3.5-turbo', 1500, 0.1, 'balanced', 'off', '127.0.0.1', true],
    ],
    [
      'production',
      [
        1000,
        200,
        'documents_prod',
        1000,
        3600,
        20,
        60,
        'gpt-4-turbo-preview',
        3000,
        0.1,
        'balanced',
        'off',
        '0.0.0.0',
        false,
      ],
    ],
    [
      'high-performance',
      [300, 30, 'documents_fast', 2000, 7200, 50, 15, 'gpt-3.5-turbo', 1000, 0, 'fast', 'off', '0.0.0.0', false],
    ],
  ])('%s holds the published values', (environment, expected) => {
    const { config } = loadConfig({ ENVIRONMENT: environment, AUTH: 'off' }, absent);
    expect([
      config.CHUNK_SIZE,
      config.CHUNK_OVERLAP,
      config.COLLECTION_NAME,
      config.CACHE_SIZE,
      config.CACHE_TTL_SECONDS,
      config.MAX_CONCURRENT_REQUESTS,
      config.REQUEST_TIMEOUT_SECONDS,
      config.LLM_MODEL,
      config.LLM_MAX_TOKENS,
      config.LLM_TEMPERATURE,
      config.EMBEDDING_PROFILE,
      config.AUTH,
      config.HOST,
      config.SAMPLE_CORPUS,
    ]).toEqual(expected);
  });

  it('lets a single value be overridden and says where each came from', () => {
    const dotenv = join(folder, 'one.env');
    writeFileSync(dotenv, 'CHUNK_SIZE=640\nLOG_LEVEL=debug\n');
    const { config, origins } = loadConfig({ LOG_LEVEL: 'warn', ACERVO_PORT: '9000' }, dotenv);
    expect([config.CHUNK_SIZE, config.LOG_LEVEL, config.PORT]).toEqual([640, 'warn', 9000]);
    expect([origins.CHUNK_SIZE, origins.LOG_LEVEL, origins.PORT, origins.CHUNK_OVERLAP, origins.STORE]).toEqual([
      '.env',
      'environment',
      'environment',
      'profile development',
      'default',
    ]);
  });

  it('production asks for keys', () => {
    expect(loadConfig({ ENVIRONMENT: 'production' }, absent).config.AUTH).toBe('keys');
  });

  it('takes addresses, networks and names of networks for proxies, and nothing else', () => {
    const proxies = '127.0.0.1, 10.0.0.0/8,::1,2001:db8::/32, loopback';
    expect(loadConfig({ TRUSTED_PROXIES: proxies }, absent).config.TRUSTED_PROXIES).toHaveLength(5);
    for (const wrong of ['10.0.0.0/33', '300.1.1.1', '10.0.0', '::/129', 'proxy.example', '*']) {
      expect(problemsOf({ TRUSTED_PROXIES: wrong })).toEqual([expect.stringContaining('TRUSTED_PROXIES')]);
    }
  });
});

describe('problems', () => {
  it('are reported all at once, with value, origin and expectation', () => {
    expect(problemsOf({ PORT: 'abc', CHUNK_SIZE: '9', ENVIRONMENT: 'prod', ENABLE_CACHE: 'yes' })).toEqual([
      'ENVIRONMENT is "prod" (environment): expected one of development, production, high-performance',
      'PORT is "abc" (environment): expected a whole number from 0 to 65535',
      'CHUNK_SIZE is "9" (environment): expected a whole number from 100 to 20000',
      'ENABLE_CACHE is "yes" (environment): expected true or false',
    ]);
  });

  it('propose the nearest name for an unknown ACERVO_ name', () => {
    expect(problemsOf({ ACERVO_CHUNKSIZE: '1' })).toEqual([
      'ACERVO_CHUNKSIZE (environment) is not a setting: did you mean ACERVO_CHUNK_SIZE?',
    ]);
  });

  it('name contradictions between valid values', () => {
    expect(problemsOf({ CHUNK_SIZE: '200', CHUNK_OVERLAP: '200' })).toHaveLength(1);
    expect(problemsOf({ VECTOR_INDEX: 'chroma' })).toEqual([expect.stringContaining('CHROMA_URL')]);
    expect(problemsOf({ EMBEDDING_PROVIDER: 'openai' })).toEqual([expect.stringContaining('OPENAI_API_KEY')]);
  });

  it('include an unreadable .env', () => {
    expect(problemsOf({}, folder)).toEqual([expect.stringContaining('cannot be read')]);
  });
});

describe('secrets', () => {
  it('come from a file and never show', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'canary-7f3a\n');
    const loaded = loadConfig({ OPENAI_API_KEY_FILE: path }, absent);
    expect(loaded.config.OPENAI_API_KEY).toBe('canary-7f3a');
    expect(loaded.origins.OPENAI_API_KEY).toBe(`file ${path}`);
    expect(JSON.stringify(describeConfig(loaded))).not.toContain('canary');
  });

  it('do not show in a problem either', () => {
    const problems = problemsOf({ OPENAI_API_KEY: 'canary 7f3a', OPENAI_API_KEY_FILE: absent });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('canary');
  });
});
