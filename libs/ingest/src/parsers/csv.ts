/** CSV: each row becomes a block of `column: value` lines, so that a row far from its header still says what it is. */
import { parse } from 'csv-parse/sync';

import { fail } from '@acervo/problem';

import type { ParsedDocument, ParserInput } from '../parsed-document';
import { decodeText } from './decode-text';
import { TextBuilder } from './text-builder';

const delimiters = [',', ';', '\t', '|'] as const;

/** Errors: DOCUMENT_UNREADABLE with the line. */
export function parseCsv({ bytes, name }: ParserInput): ParsedDocument {
  const source = decodeText(bytes);
  const rows = readRows(source, name);
  const [header = [], ...records] = rows;
  const builder = new TextBuilder();
  for (const record of records.length > 0 ? records : [header]) {
    const cells = record
      .map((value, column) => ({ label: header[column]?.trim() ?? '', value: value.trim() }))
      .filter(({ value }) => value !== '')
      .map(({ label, value }) => (records.length === 0 || label === '' ? value : `${label}: ${value}`));
    builder.solid('table', cells.join('\n'));
  }
  return {
    docType: 'csv',
    ...builder.build(),
    title: undefined,
    date: undefined,
    language: undefined,
    metadata: { rows: records.length },
  };
}

function readRows(source: string, name: string): string[][] {
  try {
    return parse(source, {
      delimiter: guessDelimiter(source),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: 1_000_000,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fail('DOCUMENT_UNREADABLE', `${name} is no readable CSV: ${reason}`, {}, error);
  }
}

/** The delimiter that the header line holds most of. */
function guessDelimiter(source: string): string {
  const header = source.slice(0, source.indexOf('\n') === -1 ? undefined : source.indexOf('\n'));
  const counts = delimiters.map((delimiter) => header.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}
