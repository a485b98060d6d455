/**
 * Writes the texts that derive from the settings table, `.env.example` and the configuration pages of the manual, and
 * the pages that derive from the last measurement, docs/figures/claims.json. With `--check` it writes nothing and
 * fails when a file differs, so that no change of a setting goes undocumented.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { renderEnvExample, renderManualPage } from '@acervo/config';

import type { ClaimsReport } from '../apps/cli/src/bench/claims/claims-report';
import { renderPerformancePage } from './performance-page';

const root = join(__dirname, '..');
const isCheck = process.argv.includes('--check');

async function generate(): Promise<void> {
  const claims = JSON.parse(readFileSync(join(root, 'docs/figures/claims.json'), 'utf8')) as ClaimsReport;
  const texts = [
    ['.env.example', renderEnvExample()],
    ['docs/en/configuration.md', await formatPage('docs/en/configuration.md', renderManualPage('en'))],
    ['docs/en/performance.md', await formatPage('docs/en/performance.md', renderPerformancePage('en', claims))],
    ['docs/pt/desempenho.md', await formatPage('docs/pt/desempenho.md', renderPerformancePage('pt', claims))],
    ['docs/pt/configuracao.md', await formatPage('docs/pt/configuracao.md', renderManualPage('pt'))],
  ] as const;
  const outdated = texts.filter(([path, text]) => readIfThere(path) !== text);
  for (const [path, text] of outdated) {
    if (!isCheck) writeFileSync(join(root, path), text);
    console.log(`${isCheck ? 'outdated' : 'written'}: ${path}`);
  }
  if (isCheck && outdated.length > 0) {
    console.error('Run "npm run generate" and commit what it writes.');
    process.exitCode = 1;
  }
}

/** As `npm run format` would leave it, so that the two gates agree. */
async function formatPage(path: string, text: string): Promise<string> {
  const filepath = join(root, path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

void generate();
