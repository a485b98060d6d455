/** Runs the built command line as its users do. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { repositoryRoot } from './acervo-process';

const entry = join(repositoryRoot, 'dist', 'apps', 'cli', 'src', 'main.js');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param variables its whole configuration beside DATA_DIR */
export async function runAcervo(
  dataDirectory: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ...variables, DATA_DIR: dataDirectory };
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [entry, ...words],
      { cwd: dataDirectory, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      },
    );
  });
}

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

export async function createKey(dataDirectory: string, ...options: readonly string[]): Promise<MadeKey> {
  const { code, stdout, stderr } = await runAcervo(dataDirectory, ['keys', 'create', 'test', '--json', ...options]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as MadeKey;
}
