import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packageRoot } from '@acervo/kernel';

import { originQueries } from '../origin-bench';

/** Lines of text, or of JSON with a `text` or a `query`. Without a file: the labelled questions of the manual. */
export async function readQueries(file: string | undefined): Promise<readonly string[]> {
  const content = await readFile(
    file ?? join(packageRoot(__dirname), 'test/quality/manual/queries.jsonl'),
    'utf8',
  ).catch((error: unknown) => {
    // An installation without its tests still has the ten of the origin.
    if (file === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return originQueries.join('\n');
    throw error;
  });
  const queries = content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(queryOf);
  if (queries.length === 0) throw new Error(`${String(file)} holds no query: one a line, as text or as JSON.`);
  return queries;
}

function queryOf(line: string): string {
  if (!line.startsWith('{')) return line;
  const { text, query } = JSON.parse(line) as { readonly text?: unknown; readonly query?: unknown };
  const found = text ?? query;
  if (typeof found !== 'string') throw new Error(`Neither "text" nor "query" in: ${line.slice(0, 80)}`);
  return found;
}
