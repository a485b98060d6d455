/**
 * The context line: title and heading path in front of a chunk, for the model and for the lexical index.
 * Without it a chunk does not know what it is about: nDCG@10 across languages falls from .71 to .35
 * (fastapi-pt2en, chunks of 1000/200).
 */
import { createHash } from 'node:crypto';

import type { ChunkFields, NewChunk } from '@acervo/store';

const separator = ' › ';
/** The line repeats in every chunk and takes its share of the model's tokens: about 80 of 512 at most. */
const maxContextCharacters = 300;

/** `Title › Heading › Subheading`, an empty line, the text. */
export function buildPassage(title: string, headings: readonly string[], text: string): string {
  const context = contextLine(title, headings);
  return context === '' ? text : `${context}\n\n${text}`;
}

export function toNewChunk(title: string, chunk: ChunkFields): NewChunk {
  const passage = buildPassage(title, chunk.headings, chunk.text);
  return { ...chunk, passage, passageHash: createHash('sha256').update(passage).digest('hex') };
}

/** Middle headings give way first, then the ends are cut. */
function contextLine(title: string, headings: readonly string[]): string {
  const path = [title, ...headings].map((part) => part.replace(/\s+/g, ' ').trim()).filter((part) => part !== '');
  const parts = path.filter((part, index) => part !== path[index - 1]);
  while (parts.length > 2 && parts.join(separator).length > maxContextCharacters) parts.splice(1, 1);
  const room = Math.floor((maxContextCharacters - separator.length) / 2);
  if (parts.join(separator).length <= maxContextCharacters) return parts.join(separator);
  return parts.map((part) => part.slice(0, parts.length === 1 ? maxContextCharacters : room)).join(separator);
}
