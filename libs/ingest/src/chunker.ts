/**
 * Cuts a document into chunks along its structure. A heading opens a section and no chunk spans two of them; within a
 * section pieces (paragraphs, whole tables and code blocks, sentences of what is too long) are joined up to the size.
 * The next chunk begins up to `overlap` characters earlier, at the first sentence or line that starts there.
 *
 * Invariants: every chunk holds 1..size characters and `text.slice(start, end)` is its text, trimmed; every character
 * that is not white space lies in a chunk or in a heading whose label stands in the path of the chunks below it.
 */
import type { ChunkFields, ChunkingSpec } from '@acervo/store';

import type { HeadingBlock, Range, SolidBlock, StructuredText } from './parsed-document';
import { isInsidePair, separators, splitAt, splitToSize } from './split';

/** Grows with every change of this file or of `passage.ts` that gives other chunks. */
export const chunkerVersion = 1;

/** A longer heading is cut in the paths: it repeats in every chunk below. */
const maxLabelCharacters = 200;

interface Section extends Range {
  readonly headings: readonly string[];
}

/** Cost: O(length of the text). `size` ≥ 2; an overlap of more than half the size counts as half. */
export function chunkText(document: StructuredText, spec: Pick<ChunkingSpec, 'size' | 'overlap'>): ChunkFields[] {
  const overlap = Math.min(spec.overlap, Math.floor(spec.size / 2));
  const solids = document.blocks.filter((block): block is SolidBlock => block.type !== 'heading');
  const pageOf = pageFinder(document.pageStarts);
  const chunks: ChunkFields[] = [];
  let nextSolid = 0;
  for (const section of sectionsOf(document)) {
    const inside: SolidBlock[] = [];
    for (; (solids[nextSolid]?.start ?? Infinity) < section.end; nextSolid++) {
      const solid = solids[nextSolid];
      if (solid !== undefined && solid.start >= section.start && solid.end <= section.end) inside.push(solid);
    }
    for (const range of cutSection(document.text, section, inside, spec.size, overlap)) {
      const { start, end } = trim(document.text, range);
      if (start === end) continue;
      chunks.push({
        text: document.text.slice(start, end),
        start,
        end,
        headings: section.headings,
        page: pageOf(start),
      });
    }
  }
  return chunks;
}

/** The text before the first heading, then the text below each heading, with the path that leads there. */
function sectionsOf({ text, blocks }: StructuredText): Section[] {
  const headings = blocks.filter((block): block is HeadingBlock => block.type === 'heading');
  const sections: Section[] = [{ start: 0, end: headings[0]?.start ?? text.length, headings: [] }];
  const path: HeadingBlock[] = [];
  headings.forEach((heading, index) => {
    while ((path.at(-1)?.depth ?? 0) >= heading.depth) path.pop();
    const parents = path.map(({ label }) => label.slice(0, maxLabelCharacters));
    path.push(heading);
    const next = headings[index + 1];
    const body = { start: heading.end, end: next?.start ?? text.length };
    if (text.slice(body.start, body.end).trim() !== '') {
      sections.push({ ...body, headings: [...parents, heading.label.slice(0, maxLabelCharacters)] });
    } else if (next === undefined || next.depth <= heading.depth) {
      sections.push({ start: heading.start, end: heading.end, headings: parents });
    }
  });
  return sections;
}

function cutSection(text: string, section: Range, solids: SolidBlock[], size: number, overlap: number): Range[] {
  const pieces = piecesOf(text, section, solids, size, size - overlap);
  const ranges: Range[] = [];
  let start = section.start;
  let end = section.start;
  for (const piece of pieces) {
    if (text.slice(piece.start, piece.end).trim() === '') continue;
    if (piece.end - start > size && end > start) {
      ranges.push({ start, end });
      const room = Math.min(overlap, size - (piece.end - piece.start));
      start = overlapStart(
        text,
        { start: Math.max(piece.start - room, trim(text, { start, end }).start + 1), end: piece.start },
        solids,
      );
    }
    end = piece.end;
  }
  if (end > start) ranges.push({ start, end });
  return ranges;
}

function piecesOf(text: string, section: Range, solids: SolidBlock[], size: number, lastResort: number): Range[] {
  const pieces: Range[] = [];
  let from = section.start;
  const addProse = (end: number): void => {
    for (const paragraph of splitAt(text, { start: from, end }, separators[0])) {
      pieces.push(...splitToSize(text, paragraph, size, lastResort, 1));
    }
  };
  for (const solid of solids) {
    addProse(solid.start);
    pieces.push(...splitToSize(text, solid, size, lastResort));
    from = solid.end;
  }
  addProse(section.end);
  return pieces;
}

/** The earliest place in `window` where a line, a sentence or at least a word begins; its end when there is none. */
function overlapStart(text: string, window: Range, solids: readonly SolidBlock[]): number {
  const cutSolid = solids.find(({ start, end }) => start < window.start && window.start < end && end <= window.end);
  const from = cutSolid?.end ?? window.start;
  if (from >= window.end) return window.end;
  if (separators.some((separator) => text.startsWith(separator, from - separator.length))) return from;
  const part = text.slice(from, window.end);
  const starts = separators
    .map((separator) => part.indexOf(separator) + separator.length)
    .filter((at, index) => at >= (separators[index]?.length ?? 0) && at < part.length);
  if (starts.length > 0) return from + Math.min(...starts);
  const space = part.search(/\s/);
  if (space !== -1) return from + space + 1;
  return isInsidePair(text, from) ? from + 1 : from;
}

function trim(text: string, { start, end }: Range): Range {
  const part = text.slice(start, end);
  const leading = part.length - part.trimStart().length;
  return { start: start + leading, end: Math.max(start + leading, start + part.trimEnd().length) };
}

function pageFinder(pageStarts: readonly number[]): (offset: number) => number | undefined {
  let page = 0;
  return (offset) => {
    while ((pageStarts[page] ?? Infinity) <= offset) page++;
    while (page > 1 && (pageStarts[page - 1] ?? 0) > offset) page--;
    return pageStarts.length === 0 ? undefined : Math.max(1, page);
  };
}
