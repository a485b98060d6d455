/** The files of a folder in a stable order: no hidden ones, no node_modules, no link that leads out of the folder. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

const ignoredFolders = new Set(['node_modules', '__pycache__']);
/** Deeper trees are loops or mistakes. */
const maxDepth = 64;

export interface WalkedFile {
  readonly path: string;
  /** From the root, with `/`. */
  readonly relativePath: string;
}

/** Folders that cannot be read are reported to `onUnreadable` and left out; the root must be readable. */
export async function* walk(
  root: string,
  onUnreadable: (path: string, error: unknown) => void = () => undefined,
): AsyncGenerator<WalkedFile> {
  const realRoot = await realpath(root);
  const visited = new Set<string>();

  async function* folder(path: string, relative: string, depth: number): AsyncGenerator<WalkedFile> {
    const real = await realpath(path);
    if (visited.has(real) || depth > maxDepth) return;
    visited.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || ignoredFolders.has(entry.name)) continue;
      const entryPath = join(path, entry.name);
      const relativePath = relative === '' ? entry.name : `${relative}/${entry.name}`;
      try {
        const target = entry.isSymbolicLink() ? await insideTarget(entryPath, realRoot) : entry;
        if (target?.isFile() === true) yield { path: entryPath, relativePath };
        else if (target?.isDirectory() === true) yield* folder(entryPath, relativePath, depth + 1);
      } catch (error) {
        onUnreadable(entryPath, error);
      }
    }
  }
  yield* folder(root, '', 0);
}

async function insideTarget(link: string, realRoot: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  const target = await realpath(link).catch(() => undefined);
  return target?.startsWith(realRoot + sep) === true ? await stat(target) : undefined;
}
