/** PDF: the text layer page by page, in the order of the file, with empty lines where the gap between lines grows. */
import { getDocumentProxy } from 'unpdf';

import { fail } from '@acervo/problem';

import type { ParsedDocument, ParserInput } from '../parsed-document';
import { TextBuilder } from './text-builder';

const maxPages = 5_000;
/** A gap of this many line heights separates paragraphs. */
const paragraphGap = 1.6;

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;
type PdfPage = Awaited<ReturnType<PdfDocument['getPage']>>;
type TextItem = Extract<Awaited<ReturnType<PdfPage['getTextContent']>>['items'][number], { str: string }>;

/** Errors: DOCUMENT_ENCRYPTED, DOCUMENT_TOO_LARGE, DOCUMENT_UNREADABLE. */
export async function parsePdf({ bytes, name }: ParserInput): Promise<ParsedDocument> {
  const pdf = await open(bytes, name);
  try {
    if (pdf.numPages > maxPages) {
      throw fail('DOCUMENT_TOO_LARGE', `${name} has ${pdf.numPages} pages; ${maxPages} are allowed. Split it.`);
    }
    const builder = new TextBuilder();
    for (let number = 1; number <= pdf.numPages; number++) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      builder.page();
      builder.paragraph(joinLines(items.filter((item): item is TextItem => 'str' in item)).normalize('NFC'));
      page.cleanup();
    }
    const info = (await pdf.getMetadata()).info as { Title?: unknown; CreationDate?: unknown };
    return {
      docType: 'pdf',
      ...builder.build(),
      title: typeof info.Title === 'string' && isTitle(info.Title) ? info.Title.trim() : undefined,
      date: pdfDate(info.CreationDate),
      language: undefined,
      metadata: { pages: pdf.numPages },
    };
  } finally {
    await pdf.destroy();
  }
}

async function open(bytes: Uint8Array, name: string): Promise<PdfDocument> {
  try {
    // pdf.js takes the buffer over: a copy keeps the caller's.
    return await getDocumentProxy(new Uint8Array(bytes), { isEvalSupported: false, verbosity: 0 });
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
    if (kind === 'PasswordException') {
      throw fail('DOCUMENT_ENCRYPTED', `${name} needs a password. Remove it and send the file again.`, {}, error);
    }
    throw fail('DOCUMENT_UNREADABLE', `${name} is no readable PDF: ${message}`, {}, error);
  }
}

function joinLines(items: readonly TextItem[]): string {
  let text = '';
  let previous: TextItem | undefined;
  for (const item of items) {
    if (previous?.hasEOL === true) text += isParagraphGap(previous, item) ? '\n\n' : '\n';
    text += item.str;
    if (item.str.trim() !== '' || item.hasEOL)
      previous = item.str === '' && previous !== undefined ? { ...previous, hasEOL: true } : item;
  }
  // A word that was divided at the end of a line.
  return text.replace(/(\p{Ll})-\n(\p{Ll})/gu, '$1$2');
}

function isParagraphGap(above: TextItem, below: TextItem): boolean {
  const gap = Number(above.transform[5]) - Number(below.transform[5]);
  const height = Math.max(above.height, below.height);
  return height > 0 && gap > height * paragraphGap;
}

/** Producers often leave the name of a temporary file here. */
function isTitle(title: string): boolean {
  return (
    title.trim().length > 2 &&
    !/\.(?:docx?|pdf|indd|tex|dvi|qxd|pptx?|xlsx?)$|^(?:untitled|sem título|microsoft)/i.test(title.trim())
  );
}

/** `D:20260501…` → `2026-05-01`. */
function pdfDate(value: unknown): string | undefined {
  const match = typeof value === 'string' ? /^D:(\d{4})(\d{2})(\d{2})/.exec(value) : null;
  return match === null ? undefined : `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
}
