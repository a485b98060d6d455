import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '@acervo/kernel';

import type { EvalReport } from '../../eval/report';
import { promises, type Claim } from './claims-report';

/** nDCG@10 on the manual, cut into passages and as whole documents, by `acervo eval` in a process of its own. */
export async function measureChunking(onProgress: (line: string) => void): Promise<Claim> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  try {
    onProgress('chunking: whole documents');
    const whole = await evaluate(join(directory, 'whole.json'), ['--no-chunk']);
    onProgress('chunking: passages');
    const passages = await evaluate(join(directory, 'passages.json'), []);
    const id = 'chunking';
    return { id, promised: promises[id], measured: passages / whole - 1, figures: { without: whole, with: passages } };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function evaluate(report: string, options: readonly string[]): Promise<number> {
  const judged = ['eval', 'test/quality/manual', '--corpus', 'docs/en', 'docs/pt', '--modes', 'hybrid'];
  const command = [...process.execArgv, process.argv[1] ?? '', ...judged, ...options, '--json', report];
  const child = spawn(process.execPath, command, {
    cwd: packageRoot(__dirname),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`acervo eval ended with ${code}`);
  const { modes } = JSON.parse(await readFile(report, 'utf8')) as EvalReport;
  return modes[0]?.ndcg_at_10 ?? NaN;
}
