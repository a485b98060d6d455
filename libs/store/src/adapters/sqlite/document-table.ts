import { inflateRawSync } from 'node:zlib';

import type { DocumentPage, DocumentPageRequest } from '../../document-store';
import type { DocumentRecord } from '../../model';
import { toDocument, type DocumentRow } from '../relational/document-row';
import type { Connection } from './connection';

export type StoredDocumentRow = DocumentRow & { readonly row: number };

interface PageRequest {
  readonly collection: number;
  readonly after: string;
  readonly prefix: string;
  readonly limit: number;
}

/** Reads documents; `collection` is the row id of the collection, its name goes into the records. */
export class DocumentTable {
  private readonly statements;

  constructor(connection: Connection) {
    this.statements = {
      select: connection.prepare<[number, string], StoredDocumentRow>(
        'SELECT * FROM documents WHERE collection = ? AND id = ?',
      ),
      selectByHash: connection.prepare<[number, string], StoredDocumentRow>(
        'SELECT * FROM documents WHERE collection = ? AND content_hash = ? ORDER BY row LIMIT 1',
      ),
      selectText: connection
        .prepare<[number, string], Uint8Array>(
          `SELECT deflated FROM document_texts WHERE document =
             (SELECT row FROM documents WHERE collection = ? AND id = ?)`,
        )
        .pluck(),
      page: connection.prepare<[PageRequest], StoredDocumentRow>(
        `SELECT * FROM documents WHERE collection = :collection AND id > :after AND instr(source, :prefix) = 1
         ORDER BY id LIMIT :limit`,
      ),
    };
  }

  find(collection: number, name: string, id: string): DocumentRecord | undefined {
    const row = this.statements.select.get(collection, id);
    return row === undefined ? undefined : toDocument(row, name);
  }

  findByContentHash(collection: number, name: string, hash: string): DocumentRecord | undefined {
    const row = this.statements.selectByHash.get(collection, hash);
    return row === undefined ? undefined : toDocument(row, name);
  }

  findText(collection: number, id: string): string | undefined {
    const deflated = this.statements.selectText.get(collection, id);
    return deflated === undefined ? undefined : inflateRawSync(deflated).toString('utf8');
  }

  list(collection: number, name: string, page: DocumentPageRequest): DocumentPage {
    const limit = Math.min(1_000, Math.max(1, Math.trunc(page.limit)));
    const rows = this.statements.page.all({
      collection,
      after: page.cursor ?? '',
      prefix: page.sourcePrefix ?? '',
      limit: limit + 1,
    });
    const documents = rows.slice(0, limit).map((row) => toDocument(row, name));
    return { documents, cursor: rows.length > limit ? documents.at(-1)?.id : undefined };
  }
}
