/** Bytes → everything that the store needs of a document, except its vectors. Pure CPU; runs in the parser's child. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';

import { detectLanguage, type Language } from '@acervo/language';
import { fail } from '@acervo/problem';
import type { ChunkingSpec, Metadata, NewChunk } from '@acervo/store';

import { chunkText } from './chunker';
import { detectFormat } from './detect-format';
import { parserOf } from './parsers';
import type { ParserInput } from './parsed-document';
import { toNewChunk } from './passage';

/** Of the first line, when a text has no title of its own. */
const maxLineTitle = 80;

/** What the sender says about a document; it wins over what the document says about itself. */
export interface GivenFields {
  readonly title?: string | undefined;
  /** A label of the sender's own; it does not choose the parser. */
  readonly docType?: string | undefined;
  readonly date?: string | undefined;
  readonly language?: Language | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface PreparedDocument {
  readonly title: string;
  readonly docType: string;
  readonly language: Language;
  readonly date: string | undefined;
  readonly metadata: Metadata;
  readonly contentHash: string;
  readonly text: string;
  readonly chunks: readonly NewChunk[];
}

export interface PrepareLimits {
  /** Extracted text, UTF-16 code units. */
  readonly maxCharacters: number;
}

/**
 * Errors: DOCUMENT_EMPTY, DOCUMENT_ENCRYPTED, DOCUMENT_TOO_LARGE, DOCUMENT_TYPE_UNSUPPORTED, DOCUMENT_UNREADABLE
 * (with the reason). Cost: see the parser of the format; chunking is linear.
 */
export async function prepareDocument(
  input: ParserInput,
  given: GivenFields,
  chunking: ChunkingSpec,
  { maxCharacters }: PrepareLimits,
): Promise<PreparedDocument> {
  if (input.bytes.length === 0) throw fail('DOCUMENT_EMPTY', `${input.name || 'The text'} is empty.`);
  const format = input.format ?? (await detectFormat(input));
  const parsed = await parserOf(format)(input);
  if (parsed.text.length > maxCharacters) {
    throw fail(
      'DOCUMENT_TOO_LARGE',
      `${input.name || 'The text'} holds ${parsed.text.length} characters of text; ${maxCharacters} are allowed. Split it.`,
    );
  }
  if (!/[\p{L}\p{N}]/u.test(parsed.text)) {
    throw fail(
      'DOCUMENT_EMPTY',
      `${input.name || 'The text'} holds no text${format === 'pdf' ? ': scanned pages need text recognition first' : ''}.`,
    );
  }
  const title = (
    given.title ??
    parsed.title ??
    (input.name === '' ? firstLine(parsed.text) : nameAsTitle(input.name))
  ).slice(0, 1_000);
  return {
    title,
    docType: given.docType ?? parsed.docType,
    language: given.language ?? toLanguage(parsed.language) ?? detectLanguage(parsed.text),
    date: given.date ?? parsed.date,
    metadata: { ...parsed.metadata, ...given.metadata },
    contentHash: hashContent(title, parsed.text),
    text: parsed.text,
    chunks: chunkText(parsed, chunking).map((chunk) => toNewChunk(title, chunk)),
  };
}

function hashContent(title: string, text: string): string {
  return createHash('sha256').update(`${title.length}:${title}`).update(text).digest('hex');
}

function firstLine(text: string): string {
  const line = /\S[^\n]*/.exec(text)?.[0] ?? '';
  return line.length <= maxLineTitle ? line.trim() : `${line.slice(0, maxLineTitle).replace(/\s+\S*$/, '')}…`;
}

function nameAsTitle(name: string): string {
  const base = basename(name);
  return base.slice(0, base.length - extname(base).length) || base;
}

function toLanguage(tag: string | undefined): Language | undefined {
  const primary = tag?.trim().toLowerCase().split(/[-_]/)[0];
  if (primary === undefined || primary === '') return undefined;
  return primary === 'pt' || primary === 'en' ? primary : 'other';
}
