import { extname } from 'node:path';

import type { DocType } from './parsed-document';

const byExtension: Readonly<Record<string, DocType>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.mdx': 'markdown',
  '.txt': 'text',
  '.text': 'text',
  '.rst': 'text',
  '.adoc': 'text',
  '.log': 'text',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
  '.pdf': 'pdf',
  '.docx': 'docx',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
};

/** The format that a name promises. */
export function formatOfName(name: string): DocType | undefined {
  return byExtension[extname(name).toLowerCase()];
}
