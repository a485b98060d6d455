/**
 * The Markdown that answers and reports are written in, as a tree: headings, paragraphs, lists, quotations, tables, code. There
 * is no HTML in it and no link; whatever is not understood is shown as it was written. Linear in the length of the text.
 */
import { parseInline, type Inline } from './inline';

export interface ListItem {
  readonly depth: number;
  readonly marker: string | undefined;
  readonly children: readonly Inline[];
}

export type Block =
  | { readonly type: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly type: 'paragraph' | 'quote'; readonly children: readonly Inline[] }
  | { readonly type: 'list'; readonly items: readonly ListItem[] }
  | { readonly type: 'table'; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'rule' };

interface Line {
  readonly text: string;
  readonly start: number;
}

const fence = /^\s*(`{3,}|~{3,})/;
const heading = /^(#{1,6})\s+/;
const item = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+/;
const quote = /^>\s?/;
const tableRow = /^\s*\|.*\|\s*$/;
const tableRuler = /^[\s|:-]*-[\s|:-]*$/;
const rule = /^\s*([-*_])(?:\s*\1){2,}\s*$/;

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = linesOf(source);
  let next = 0;
  while (next < lines.length) {
    const [block, taken] = takeBlock(lines, next);
    if (block !== undefined) blocks.push(block);
    next += taken;
  }
  return blocks;
}

/** @returns the block, and how many lines it took */
function takeBlock(lines: readonly Line[], at: number): [Block | undefined, number] {
  const line = lines[at] as Line;
  if (line.text.trim() === '') return [undefined, 1];
  const fenced = fence.exec(line.text)?.[1];
  if (fenced !== undefined) return takeCode(lines, at, fenced);
  if (rule.test(line.text)) return [{ type: 'rule' }, 1];
  const marks = heading.exec(line.text);
  if (marks !== null) {
    const [whole, { length: level } = ''] = marks;
    return [
      { type: 'heading', level, children: parseInline(line.text.slice(whole.length), line.start + whole.length) },
      1,
    ];
  }
  if (item.test(line.text)) return takeList(lines, at);
  if (tableRow.test(line.text) && tableRuler.test(lines[at + 1]?.text ?? '')) return takeTable(lines, at);
  const isQuote = quote.test(line.text);
  let taken = 1;
  while (continues(lines[at + taken], isQuote)) taken++;
  const children = lines.slice(at, at + taken).flatMap((one, index) => {
    const skipped = isQuote ? (quote.exec(one.text)?.[0].length ?? 0) : 0;
    const parts = parseInline(one.text.slice(skipped), one.start + skipped);
    return index === 0 ? parts : [{ type: 'text' as const, text: '\n', start: one.start }, ...parts];
  });
  return [{ type: isQuote ? 'quote' : 'paragraph', children }, taken];
}

function continues(line: Line | undefined, isQuote: boolean): boolean {
  if (line === undefined || line.text.trim() === '') return false;
  return quote.test(line.text) === isQuote && ![fence, heading, item, rule].some((start) => start.test(line.text));
}

function takeCode(lines: readonly Line[], at: number, fenced: string): [Block, number] {
  const body: string[] = [];
  let next = at + 1;
  // An answer that is still being written has no closing fence yet.
  for (; next < lines.length; next++) {
    const { text } = lines[next] as Line;
    if (text.trim().startsWith(fenced)) break;
    body.push(text);
  }
  return [{ type: 'code', text: body.join('\n') }, next - at + 1];
}

function takeList(lines: readonly Line[], at: number): [Block, number] {
  const items: ListItem[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] as Line;
    const [whole, indent = '', number] = item.exec(line.text) ?? [];
    if (whole === undefined) break;
    items.push({
      depth: Math.min(Math.floor(indent.length / 2), 3),
      marker: number === undefined ? undefined : `${number}.`,
      children: parseInline(line.text.slice(whole.length), line.start + whole.length),
    });
  }
  return [{ type: 'list', items }, next - at];
}

/** The first row is the head; the ruler below it is no row. */
function takeTable(lines: readonly Line[], at: number): [Block, number] {
  let next = at;
  while (tableRow.test(lines[next]?.text ?? '')) next++;
  const rows = lines
    .slice(at, next)
    .filter((_row, index) => index !== 1)
    .map(({ text, start }) => {
      const cells = text.split('|').slice(1, -1);
      let place = start + text.indexOf('|') + 1;
      return cells.map((cell) => {
        const children = parseInline(cell.trim(), place + (cell.length - cell.trimStart().length));
        place += cell.length + 1;
        return children;
      });
    });
  return [{ type: 'table', rows }, next - at];
}

function linesOf(source: string): Line[] {
  let start = 0;
  return source.split('\n').map((text) => {
    const line = { text, start };
    start += text.length + 1;
    return line;
  });
}
