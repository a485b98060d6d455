/** What a parser gives: plain text with the structure that the chunker follows, as offsets into that text. */
import type { Metadata } from '@acervo/store';

export const docTypes = ['markdown', 'text', 'html', 'pdf', 'docx', 'csv', 'json'] as const;
export type DocType = (typeof docTypes)[number];

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface HeadingBlock extends Range {
  readonly type: 'heading';
  /** 1 is the outermost. */
  readonly depth: number;
  /** Plain text, without markup. */
  readonly label: string;
}

/** Kept in one piece where it fits. */
export interface SolidBlock extends Range {
  readonly type: 'code' | 'table';
}

export type Block = HeadingBlock | SolidBlock;

/** Text and structure; offsets in UTF-16 code units, blocks ascending and disjoint. */
export interface StructuredText {
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Offset at which each page begins, ascending; empty for formats without pages. */
  readonly pageStarts: readonly number[];
}

export interface ParsedDocument extends StructuredText {
  readonly docType: DocType;
  readonly title: string | undefined;
  /** `YYYY-MM-DD` as the document itself says. */
  readonly date: string | undefined;
  /** As the document itself says, such as `pt-BR`. */
  readonly language: string | undefined;
  readonly metadata: Metadata;
}

/** The bytes of a document and the name that it came with. */
export interface ParserInput {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** The parser to use; absent: the content and the name decide. */
  readonly format?: DocType | undefined;
}
