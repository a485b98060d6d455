/** A built server over pages of the manual, with a language model that writes slowly enough to be watched. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { AcervoProcess, repositoryRoot } from '../acervo-process';

const pages = [
  'docs/en/backup-and-recovery.md',
  'docs/en/caching-with-redis.md',
  'docs/en/chroma.md',
  'docs/en/docker.md',
  'docs/en/errors.md',
  'docs/en/limits.md',
  'docs/pt/backup-e-recuperacao.md',
  'docs/pt/cache-com-redis.md',
  'docs/pt/docker.md',
  'docs/pt/limites.md',
];

export interface SampleServer {
  readonly acervo: AcervoProcess;
  readonly documents: number;
  stop(): Promise<void>;
}

/** Asked to recite it all, the model quotes every source several times over: long enough to be stopped. */
export async function startSampleServer(): Promise<SampleServer> {
  const model: OpenAiServer = await startOpenAiServer({
    tokenMs: 15,
    write: ({ sources, question, isJson }) => {
      if (isJson) return '{}';
      const quotes = sources.map(({ text, index }) => `${/^[^]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text} [${index}]`);
      return question.includes('recite it all')
        ? Array(20).fill(quotes.join('\n\n')).join('\n\n')
        : (quotes[0] ?? question);
    },
  });
  const acervo = await AcervoProcess.start({
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'stub',
    EMBEDDING_PROVIDER: 'local',
    LLM_PROVIDER: 'openai',
    WORKERS: '1',
  });
  await acervo.ready();
  for (const path of pages) {
    const form = new FormData();
    form.append('source', path);
    form.append('file', new Blob([await readFile(join(repositoryRoot, path))]), basename(path));
    const { status, body } = await acervo.request('POST', '/documents', form, { prefer: 'wait=50' });
    if (status !== 201) throw new Error(`${path} was not taken: ${status} ${JSON.stringify(body)}`);
  }
  return {
    acervo,
    documents: pages.length,
    async stop() {
      await acervo.stop();
      await model.close();
    },
  };
}
