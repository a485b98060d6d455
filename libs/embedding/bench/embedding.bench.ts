/**
 * CPU time of the local embedder: `node dist/libs/embedding/bench/embedding.bench.js`, about 15 s.
 * Everything is told per CPU second of this process (all threads), so that a busy machine gives the same figures.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { callContext } from '@acervo/kernel';

import { createLocalEmbedder } from '../src/adapters/local/local-embedder';
import { bundledModelDirectory } from '../src/adapters/local/model-files';
import { UnigramTokenizer } from '../src/adapters/local/unigram-tokenizer';

export interface BenchLine {
  readonly what: string;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Of the whole process after the step. */
  readonly rssMiB: number;
}

const TIMEOUT_MS = 120_000;
const sentence =
  'A configuração do servidor fica em um arquivo .env; the deployment guide explains every variable and its default. ';

async function measure(what: string, times: number, work: (nth: number) => unknown): Promise<BenchLine> {
  for (let nth = 0; nth < Math.min(3, times); nth++) await work(-1 - nth);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  for (let nth = 0; nth < times; nth++) await work(nth);
  const { user, system } = process.cpuUsage(cpu);
  return {
    what,
    cpuMs: (user + system) / 1000 / times,
    wallMs: (performance.now() - startMs) / times,
    rssMiB: process.memoryUsage().rss / 2 ** 20,
  };
}

/** Text of about `tokens` tokens (prefix included), different for each `nth`. */
function textOf(tokenizer: UnigramTokenizer, tokens: number, nth: number): string {
  const words = `${nth} ${sentence.repeat(40)}`.split(' ');
  let low = 1;
  for (let high = words.length; low < high;) {
    const middle = (low + high + 1) >> 1;
    if (tokenizer.encode(`passage: ${words.slice(0, middle).join(' ')}`, 2048).length <= tokens) low = middle;
    else high = middle - 1;
  }
  return words.slice(0, low).join(' ');
}

/** Tokenises and embeds one by one on one thread, then a flood of passages on `threads`. */
export async function benchLocalEmbedder(threads: number): Promise<BenchLine[]> {
  const tokenizer = new UnigramTokenizer(readFileSync(join(bundledModelDirectory(), 'tokenizer.json'), 'utf8'));
  const query = (nth: number): string => `como configurar o servidor número ${nth}?`;
  const passages = [128, 256, 512].map((tokens) => ({ tokens, text: (nth: number) => textOf(tokenizer, tokens, nth) }));
  const lines: BenchLine[] = [];
  lines.push(await measure('tokenise a query', 5_000, (nth) => tokenizer.encode(`query: ${query(nth)}`, 512)));
  const long = textOf(tokenizer, 256, 0);
  lines.push(await measure('tokenise a passage of 256 tokens', 500, () => tokenizer.encode(`passage: ${long}`, 512)));

  const embedder = createLocalEmbedder({ threads });
  try {
    await embedder.ready();
    lines.push(await measure('embedder ready, idle', 1, () => undefined));
    const embed = async (text: string, kind: 'query' | 'passage'): Promise<unknown> =>
      await embedder.embedBatch([text], kind, callContext(TIMEOUT_MS));
    lines.push(await measure('embed a query', 100, async (nth) => await embed(query(nth), 'query')));
    for (const { tokens, text } of passages) {
      lines.push(
        await measure(`embed a passage of ${tokens} tokens`, 12, async (nth) => await embed(text(nth), 'passage')),
      );
    }
    const flood = Array.from({ length: 64 }, (_, nth) => textOf(tokenizer, 256, nth));
    const ingestion = embedder.embedBatch(flood, 'passage', callContext(TIMEOUT_MS));
    const during = await measure(
      'embed a query while passages flood in',
      20,
      async (nth) => await embed(query(nth), 'query'),
    );
    lines.push({ ...during, cpuMs: NaN });
    await ingestion;
    lines.push(await measure('after the flood', 1, () => undefined));
    return lines;
  } finally {
    await embedder.close();
  }
}

if (require.main === module) {
  const threads = Number(process.argv[2] ?? 2);
  benchLocalEmbedder(threads).then(
    (lines) => {
      console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, up to ${threads} threads`);
      console.table(
        lines.map(({ what, cpuMs, wallMs, rssMiB }) => ({
          what,
          'CPU ms': Number(cpuMs.toFixed(3)),
          'wall ms': Number(wallMs.toFixed(3)),
          'per CPU second': Number((1000 / cpuMs).toFixed(1)),
          'RSS MiB': Math.round(rssMiB),
        })),
      );
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
