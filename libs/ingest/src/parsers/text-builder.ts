/** Collects text and its blocks with offsets, for formats whose source is not what a reader sees. */
import { fail } from '@acervo/problem';

import type { Block, StructuredText } from '../parsed-document';

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
    const range = this.add(label);
    this.blocks.push({ type: 'heading', depth, label, ...range });
  }

  /** Text that is kept in one piece where it fits. */
  solid(type: 'code' | 'table', text: string): void {
    const content = text.replace(/^\n+|\s+$/g, '');
    if (content !== '') this.blocks.push({ type, ...this.add(content) });
  }

  /** The next text begins a page. */
  page(): void {
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
