import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The nearest folder from `directory` upward that holds the package.json of acervo: what the package brings along
 * (model, manual, version) lies below it, for source and built files alike.
 */
export function packageRoot(directory: string): string {
  if (nameIn(join(directory, 'package.json')) === 'acervo') return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('No package.json of acervo lies above this file: install it again.');
  return packageRoot(parent);
}

function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
