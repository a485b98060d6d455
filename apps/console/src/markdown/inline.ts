/**
 * Text of a line as parts. Addresses stay text: what a document or a model writes leads nowhere by itself. Every piece
 * of text keeps its place in the source, for spans that the server gives by offsets.
 */
export type Inline =
  | { readonly type: 'text' | 'code'; readonly text: string; readonly start: number }
  | { readonly type: 'strong' | 'emphasis'; readonly children: readonly Inline[] }
  | { readonly type: 'citation'; readonly index: number };

/**
 * `code`, **strong**, *emphasis* or _emphasis_ between word limits, [1] or [1, 3]. Bounded: a mark that is never closed
 * must not be looked for through the whole text, from each of its kind.
 */
const token =
  /`([^`\n]{1,500})`|\*\*(?=\S)([^\n]{1,500}?)(?<=\S)\*\*|(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]{1,500}?)(?<=\S)\*|(?<![\p{L}\p{N}_])_(?=\S)([^_\n]{1,500}?)(?<=\S)_(?![\p{L}\p{N}_])|\[(\d{1,3}(?:\s*,\s*\d{1,3}){0,20})\](?!\()/gu;

/** @param offset of `source` in the whole text */
export function parseInline(source: string, offset = 0): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const match of source.matchAll(token)) {
    const [whole, code, strong, star, underscore, numbers] = match;
    if (match.index > at) parts.push({ type: 'text', text: source.slice(at, match.index), start: offset + at });
    const start = offset + match.index;
    const emphasis = star ?? underscore;
    if (code !== undefined) parts.push({ type: 'code', text: code, start: start + 1 });
    else if (strong !== undefined) parts.push({ type: 'strong', children: parseInline(strong, start + 2) });
    else if (emphasis !== undefined) parts.push({ type: 'emphasis', children: parseInline(emphasis, start + 1) });
    else for (const number of (numbers ?? '').split(',')) parts.push({ type: 'citation', index: Number(number) });
    at = match.index + whole.length;
  }
  if (at < source.length) parts.push({ type: 'text', text: source.slice(at), start: offset + at });
  return parts;
}
