/**
 * Collects text and its blocks with offsets, for formats whose source is not what a reader sees. Headings and code are
 * written as Markdown and pages begin with a form feed: so the structure can be read again from the stored text alone
 * when a collection is rebuilt.
 */
import { fail } from '@acervo/problem';

import type { Block, StructuredText } from '../parsed-document';

export const pageBreak = '\f';

export class TextBuilder {
  private readonly parts: string[] = [];
  private readonly blocks: Block[] = [];
  private readonly pageStarts: number[] = [];
  private length = 0;

  /** @param maxCharacters beyond it a document is refused: parsers that inflate must stop early */
  constructor(private readonly maxCharacters = 50_000_000) {}

  paragraph(text: string): void {
    this.add(text.trim());
  }

  heading(depth: number, text: string): void {
    const label = text.replace(/\s+/g, ' ').trim();
    if (label === '') return;
    const range = this.add(`${'#'.repeat(Math.min(6, Math.max(1, depth)))} ${label}`);
    this.blocks.push({ type: 'heading', depth, label, ...range });
  }

  /** Text that is kept in one piece where it fits. */
  solid(type: 'code' | 'table', text: string): void {
    const content = text.replace(/^\n+|\s+$/g, '');
    if (content === '') return;
    const fence = type === 'code' ? fenceFor(content) : undefined;
    const range = this.add(fence === undefined ? content : `${fence}\n${content}\n${fence}`);
    this.blocks.push({ type, ...range });
  }

  /** The next text begins a page. */
  page(): void {
    if (this.length > 0) {
      this.parts.push(pageBreak);
      this.length += 1;
    }
    this.pageStarts.push(this.length);
  }

  build(): StructuredText {
    return { text: this.parts.join(''), blocks: this.blocks, pageStarts: this.pageStarts };
  }

  private add(text: string): { start: number; end: number } {
    const start = this.length;
    if (text === '') return { start, end: start };
    this.parts.push(text, '\n\n');
    this.length += text.length + 2;
    if (this.length > this.maxCharacters) {
      throw fail('DOCUMENT_TOO_LARGE', `The document holds more than ${this.maxCharacters} characters of text.`);
    }
    return { start, end: start + text.length };
  }
}

/** Longer than any run of backticks inside. */
function fenceFor(content: string): string {
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length));
  return '`'.repeat(longest + 1);
}
