/** Which parser reads a file: the content decides, the extension only where the content leaves it open. */
import { fileTypeFromBuffer } from 'file-type/core';

import { fail } from '@acervo/problem';

import { formatOfName } from './format-of-name';
import type { DocType, ParserInput } from './parsed-document';

/** Errors: DOCUMENT_TYPE_UNSUPPORTED, DOCUMENT_UNREADABLE (not what its name says), DOCUMENT_ENCRYPTED (Office). */
export async function detectFormat({ bytes, name }: ParserInput): Promise<DocType> {
  const promised = formatOfName(name);
  // A byte order mark looks like the start of an MPEG frame.
  const found = isUtf16(bytes) ? undefined : (await fileTypeFromBuffer(bytes))?.ext;
  switch (found) {
    case 'pdf':
    case 'docx':
      return found;
    case 'cfb':
      if (promised === 'docx') throw fail('DOCUMENT_ENCRYPTED', `${name} is an encrypted Office file.`);
      throw unsupported(name, 'an old binary Office file: save it as DOCX or PDF');
    case undefined:
    case 'xml':
      break;
    case 'zip':
      if (promised === 'docx') throw fail('DOCUMENT_UNREADABLE', `${name} is a zip archive without a Word document.`);
      throw unsupported(name, 'a zip archive');
    default:
      // Two letters at the start of a text are enough for some magic numbers: believe the name of a text format.
      if (promised === undefined || promised === 'pdf' || promised === 'docx' || bytes.includes(0)) {
        throw unsupported(name, `a .${found} file`);
      }
  }
  if (promised === 'pdf' || promised === 'docx') {
    throw fail('DOCUMENT_UNREADABLE', `${name} does not hold what its name says: no ${promised} structure was found.`);
  }
  if (promised !== undefined) return promised;
  if (looksBinary(bytes)) throw unsupported(name, 'a binary file');
  return /^\s*(?:<!doctype html|<html[\s>])/i.test(Buffer.from(bytes.subarray(0, 512)).toString('latin1'))
    ? 'html'
    : 'text';
}

function looksBinary(bytes: Uint8Array): boolean {
  return !isUtf16(bytes) && bytes.subarray(0, 8_192).includes(0);
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function unsupported(name: string, what: string): Error {
  return fail(
    'DOCUMENT_TYPE_UNSUPPORTED',
    `${name} is ${what}. Send Markdown, text, HTML, PDF, DOCX, CSV, JSON or JSONL.`,
  );
}
