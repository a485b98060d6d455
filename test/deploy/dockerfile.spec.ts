import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig } from '@acervo/config';

import { environmentOf, readStages } from './dockerfile';
import { dockerfileRules, type DockerfileRule } from './dockerfile-rules';

const root = join(__dirname, '..', '..');
const good = readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8');
const rules = Object.keys(dockerfileRules) as DockerfileRule[];

/** One change for each rule that must make it fail. */
const breaks: Record<DockerfileRule, (dockerfile: string) => string> = {
  'has several stages': () => 'FROM node:24\nCMD ["x"]',
  'names a version of its base': (text) =>
    text.replace('ARG NODE_IMAGE=node:24-bookworm-slim', 'ARG NODE_IMAGE=node:latest'),
  'runs as a user that has a number and is not root': (text) => text.replace('USER 10001:10001', 'USER 0'),
  'changes nothing in the image as that user': (text) => text.replace('VOLUME', 'RUN touch x\nVOLUME'),
  'has no build tools in the last stage': (text) => text.replace('recommends tini', 'recommends tini g++'),
  'installs system packages without recommended ones and without lists': (text) =>
    text.replace(' --no-install-recommends', ''),
  'installs exactly what is locked, and runs no script of a package': (text) =>
    text.replace('npm ci --omit=dev --ignore-scripts', 'npm ci --omit=dev'),
  'takes packages into the last stage without those for development': (text) =>
    text.replace('npm ci --omit=dev', 'npm ci'),
  'copies the lock file before the sources': (text) =>
    text.replace('COPY package.json package-lock.json', 'COPY apps apps/\nCOPY package.json package-lock.json'),
  'names what it copies': (text) => text.replace('COPY docs docs/', 'COPY . .'),
  'has no ADD, which fetches and unpacks': (text) => text.replace('COPY docs', 'ADD docs'),
  'holds no secrets': (text) => text.replace('WORKERS=4', 'OPENAI_API_KEY=x'),
  'asks by HEALTHCHECK whether the process lives, without a shell': (text) =>
    text.replace('/health/live', '/health/ready'),
  'starts an init that passes signals on': (text) => text.replace('ENTRYPOINT ["tini", "--"]', 'ENTRYPOINT ["node"]'),
  'starts the program without a shell or npm': (text) => text.replace('CMD ["acervo", "serve"]', 'CMD acervo serve'),
  'keeps its data in a volume, and exposes its port': (text) => text.replace('EXPOSE 8000', 'EXPOSE 80'),
};

describe('the image', () => {
  it.each(rules)('%s', (rule) => {
    expect(dockerfileRules[rule](readStages(good))).toEqual([]);
  });

  it.each(rules)('does not pass when broken: %s', (rule) => {
    const broken = breaks[rule](good);
    expect(broken).not.toBe(good);
    expect(dockerfileRules[rule](readStages(broken))).not.toEqual([]);
  });

  it('is configured by settings that exist, for production with four workers', () => {
    const { NODE_ENV, HOME, ...variables } = Object.fromEntries(environmentOf(last()));
    expect({ NODE_ENV, HOME }).toEqual({ NODE_ENV: 'production', HOME: variables['DATA_DIR'] });
    const { config, origins } = loadConfig(variables, '');
    expect(config).toMatchObject({ ENVIRONMENT: 'production', WORKERS: 4, HOST: '0.0.0.0', PORT: 8000 });
    for (const name of Object.keys(variables)) expect(origins).toHaveProperty(name, 'environment');
  });

  it('copies what exists and what .dockerignore lets in', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const stages = readStages(good);
    const sources = stages
      .flatMap(({ steps }) => steps)
      .filter(({ keyword, text }) => keyword === 'COPY' && !text.startsWith('--from='))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(10);
    for (const source of sources) {
      expect({ source, exists: existsSync(join(root, source)) }).toEqual({ source, exists: true });
      const parts = source.split('/');
      const ways = parts.map((_, nth) => `!${parts.slice(0, nth + 1).join('/')}`);
      expect(ignored.some((line) => ways.includes(line))).toBe(true);
    }
    const froms = [...good.matchAll(/--from=(\w+)/g)].map(([, name]) => name);
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(froms));
  });
});

function last(): ReturnType<typeof readStages>[number] {
  const stage = readStages(good).at(-1);
  if (stage === undefined) throw new Error('The Dockerfile has no stage.');
  return stage;
}
