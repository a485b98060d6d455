import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface WorkerEntry {
  readonly filename: string;
  readonly execArgv: string[];
}

/**
 * Where a worker thread or child process starts: the file `name` beside its caller.
 * A built tree holds it as JavaScript; a source tree (tests, development) as TypeScript, which the thread
 * can only load through a require hook. Piscina asks a thread for its default export when it starts and falls back
 * to `import()`, which knows no TypeScript: give worker files a default export.
 *
 * @param directory `__dirname` of the caller
 * @param name file name without extension, such as `embedding.worker`
 */
export function workerEntry(directory: string, name: string): WorkerEntry {
  const built = join(directory, `${name}.js`);
  return existsSync(built)
    ? { filename: built, execArgv: [] }
    : { filename: join(directory, `${name}.ts`), execArgv: ['-r', require.resolve('@swc-node/register')] };
}
