/**
 * The built console, held in memory: a few hundred kilobytes that never change while the server runs, each with the
 * codings that the build made. Nothing is looked up on the disk by what a request names.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { packageRoot } from '@acervo/kernel';

export const codings = ['br', 'gzip', 'identity'] as const;
export type Coding = (typeof codings)[number];

export interface ConsoleFile {
  readonly type: string;
  /** Of the uncoded bytes, 16 hexadecimal digits: the coding is added by whoever sends. */
  readonly hash: string;
  readonly bytes: Readonly<Partial<Record<Coding, Buffer>>> & { readonly identity: Buffer };
}

const typeOf: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export class ConsoleFiles {
  private constructor(
    private readonly page: ConsoleFile | undefined,
    private readonly assets: ReadonlyMap<string, ConsoleFile>,
  ) {}

  /** Without a build there is no page: a server that runs from sources leads to the reference instead. */
  static load(folder = join(packageRoot(__dirname), 'dist', 'apps', 'console')): ConsoleFiles {
    const assets = new Map<string, ConsoleFile>();
    for (const name of namesIn(join(folder, 'assets'))) {
      const file = readFile(join(folder, 'assets', name));
      if (file !== undefined) assets.set(name, file);
    }
    const hasPage = namesIn(folder).includes('index.html');
    return new ConsoleFiles(hasPage ? readFile(join(folder, 'index.html')) : undefined, assets);
  }

  index(): ConsoleFile | undefined {
    return this.page;
  }

  /** @param name of the file as the page names it, folders left out */
  asset(name: string): ConsoleFile | undefined {
    return this.assets.get(name);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined for what is no file of the page, such as its coded forms. */
function readFile(path: string): ConsoleFile | undefined {
  const type = typeOf[extname(path)];
  if (type === undefined) return undefined;
  const identity = readFileSync(path);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const br = readIfThere(`${path}.br`);
  const gzip = readIfThere(`${path}.gz`);
  return { type, hash, bytes: { identity, ...(br && { br }), ...(gzip && { gzip }) } };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
