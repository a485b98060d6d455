/** Bytes of a text file in whatever encoding → a string in NFC with `\n` line ends. */
import { detect } from 'chardet';
import { decode, encodingExists } from 'iconv-lite';

import { fail } from '@acervo/problem';

const sampleBytes = 65_536;

/** Errors: DOCUMENT_UNREADABLE when the bytes are no text. */
export function decodeText(bytes: Uint8Array): string {
  const text = toUnicode(bytes);
  if (text.includes('\0')) throw fail('DOCUMENT_UNREADABLE', 'The file holds binary data, not text.');
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .normalize('NFC');
}

function toUnicode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(bytes, 'utf-16be');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decode(bytes, guessEncoding(bytes));
  }
}

/** Single-byte guesses of chardet on short Portuguese texts vary; all of them are supersets or cousins of Latin-1. */
function guessEncoding(bytes: Uint8Array): string {
  const guess = detect(bytes.subarray(0, sampleBytes));
  if (guess === null || /^(?:ISO-8859-[129]|windows-125[024]|UTF-8|ASCII)$/.test(guess)) return 'windows-1252';
  return encodingExists(guess) ? guess : 'windows-1252';
}
