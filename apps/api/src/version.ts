import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The nearest folder upward that holds this package's package.json; equal for source and built files. */
function findPackageRoot(directory: string): string {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { name?: string };
    if (manifest.name === 'acervo') return directory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const parent = join(directory, '..');
  if (parent === directory) throw new Error('package.json of acervo was not found above this file');
  return findPackageRoot(parent);
}

export const packageRoot = findPackageRoot(__dirname);
export const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
