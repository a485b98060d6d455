import type { ParsedDocument, ParserInput } from '../parsed-document';
import { decodeText } from './decode-text';

export function parseText({ bytes }: ParserInput): ParsedDocument {
  return {
    docType: 'text',
    text: decodeText(bytes),
    blocks: [],
    pageStarts: [],
    title: undefined,
    date: undefined,
    language: undefined,
    metadata: {},
  };
}
