import { createHash } from 'node:crypto';

/**
 * A collection's name where another system limits names: 3 to 63 characters of `a-z`, `0-9`, `-`, beginning and ending
 * with a letter or digit. Different names never meet (64 bits of SHA-256).
 */
export function safeCollectionName(name: string): string {
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 32);
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `c-${readable === '' ? '' : `${readable}-`}${hash}`;
}
