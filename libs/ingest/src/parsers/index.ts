/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/consistent-type-imports --
   lazy, from source as well as built */
/** Parsers by format, loaded when first needed: pdf.js and linkedom are heavy and most folders hold neither. */
import type { DocType, ParsedDocument, ParserInput } from '../parsed-document';

type Parser = (input: ParserInput) => ParsedDocument | Promise<ParsedDocument>;

export function parserOf(format: DocType): Parser {
  switch (format) {
    case 'markdown':
      return (require('./markdown') as typeof import('./markdown')).parseMarkdown;
    case 'text':
      return (require('./text') as typeof import('./text')).parseText;
    case 'html':
      return (require('./html') as typeof import('./html')).parseHtml;
    case 'pdf':
      return (require('./pdf') as typeof import('./pdf')).parsePdf;
    case 'docx':
      return (require('./docx') as typeof import('./docx')).parseDocx;
    case 'csv':
      return (require('./csv') as typeof import('./csv')).parseCsv;
    case 'json':
      return (require('./json') as typeof import('./json')).parseJson;
  }
}
