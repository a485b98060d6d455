import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { workerEntry } from '@acervo/kernel';
import { openDatabase } from '@acervo/sqlite';

import { dataFolder } from '../../../contract/data-folder';
import { databaseFile } from './connection';
import { decodePostings, decodeTermCounts } from './postings';

interface Acknowledged {
  readonly generation: number;
  readonly id: string;
  readonly nth: number;
  readonly chunks: number;
  readonly remove: readonly string[];
}

const kills = 10;

/** Starts the writer and kills it some time after its first commit; gives back what it acknowledged. */
async function commitUntilKilled(directory: string, start: number, lifeMs: number): Promise<Acknowledged[]> {
  const { filename, execArgv } = workerEntry(join(__dirname, '../../../contract'), 'commit-loop.child');
  const child = spawn(process.execPath, [...execArgv, filename, directory, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let killer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    output += data;
    if (output.trim() !== '') killer ??= setTimeout(() => child.kill('SIGKILL'), lifeMs);
  });
  await new Promise((resolve) => child.once('close', resolve));
  const lines = output.split('\n');
  // The last line may be half written; then its commit was not acknowledged.
  return lines
    .slice(0, -1)
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Acknowledged);
}

/** Every part of every chunk is there exactly once, and nothing else is. */
function expectWhole(directory: string): { readonly generation: number; readonly documents: Map<string, number> } {
  const connection = openDatabase(databaseFile(directory));
  try {
    const column = <T>(sql: string): T[] => connection.prepare<[], T>(sql).pluck().all();
    expect(column('PRAGMA integrity_check')).toEqual(['ok']);
    expect(column('PRAGMA foreign_key_check')).toEqual([]);
    const keys = column<number>('SELECT key FROM chunks ORDER BY key');
    expect(column<number>('SELECT key FROM embeddings ORDER BY key')).toEqual(keys);
    expect(column<number>('SELECT key FROM chunk_terms ORDER BY key')).toEqual(keys);
    expect(column<number>('SELECT documents FROM collections')).toEqual(column('SELECT count(*) FROM documents'));
    expect(column<number>('SELECT chunks_en FROM collections')).toEqual([keys.length]);
    expect(column<number>('SELECT tokens FROM collections')).toEqual(
      column('SELECT coalesce(sum(length), 0) FROM chunk_terms'),
    );

    const forward = new Set<string>();
    const chunkTerms = connection.prepare<[], { key: number; terms: Uint8Array }>('SELECT key, terms FROM chunk_terms');
    for (const { key, terms } of chunkTerms.iterate()) {
      for (const [term, count] of decodeTermCounts(terms)) forward.add(`${term} ${key} ${count}`);
    }
    const inverted = new Set<string>();
    const frequencies = new Map<number, number>();
    const blocks = connection.prepare<[], { term: number; first_key: number; entries: Uint8Array }>(
      'SELECT * FROM postings UNION ALL SELECT * FROM fresh_postings',
    );
    for (const { term, first_key, entries } of blocks.iterate()) {
      for (const { key, count } of decodePostings(entries, first_key)) {
        inverted.add(`${term} ${key} ${count}`);
        frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
      }
    }
    expect(inverted).toEqual(forward);
    const stored = connection.prepare<[], { id: number; frequency: number }>('SELECT id, frequency FROM terms').all();
    expect(new Map(stored.map(({ id, frequency }) => [id, frequency]))).toEqual(frequencies);

    const documents = connection
      .prepare<[], { id: string; chunks: number; counted: number }>(
        `SELECT id, chunks, (SELECT count(*) FROM chunks c WHERE c.document = d.row) AS counted FROM documents d`,
      )
      .all();
    for (const { chunks, counted } of documents) expect(counted).toBe(chunks);
    return {
      generation: column<number>('SELECT generation FROM collections')[0] ?? NaN,
      documents: new Map(documents.map(({ id, chunks }) => [id, chunks])),
    };
  } finally {
    connection.close();
  }
}

describe('a writer that is killed', () => {
  it(`loses no acknowledged commit and leaves none half visible, ${kills} times in a row`, async () => {
    const folder = dataFolder();
    const expected = new Map<string, number>();
    let start = 0;
    let acknowledged = 0;
    try {
      for (let round = 0; round < kills; round++) {
        const commits = await commitUntilKilled(folder.path, start, Math.random() * 150);
        acknowledged += commits.length;
        for (const { id, chunks, remove } of commits) {
          for (const gone of remove) expected.delete(gone);
          expected.set(id, chunks);
        }
        const { generation, documents } = expectWhole(folder.path);
        const last = commits.at(-1)?.generation ?? start;
        // One commit may have happened whose acknowledgement the kill cut off.
        expect([last, last + 1]).toContain(generation);
        if (generation === last) expect(documents).toEqual(expected);
        expected.clear();
        for (const [id, chunks] of documents) expected.set(id, chunks);
        start = generation;
      }
      expect(acknowledged).toBeGreaterThanOrEqual(kills);
    } finally {
      folder.remove();
    }
  }, 120_000);
});
