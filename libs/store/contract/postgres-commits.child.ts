/**
 * Eight clients commit to one collection without end until this process is killed; one JSON line to standard output
 * after each acknowledged commit. Every third commit of a client replaces its last document. Arguments: connection
 * string, a name for the documents of this run.
 */
import { writeSync } from 'node:fs';

import { createPostgresDocumentStore } from '../src/adapters/postgres/postgres-document-store';
import { commitDocuments, sampleDocument } from './sample-documents';

const [, , url = '', run = ''] = process.argv;

async function commitWithoutEnd(client: number): Promise<never> {
  const store = await opened;
  for (let nth = 0; ; nth++) {
    const id = `${run}-${client}-${nth % 3 === 2 ? nth - 1 : nth}`;
    const texts = Array.from({ length: 1 + (nth % 7) }, (_, at) => `client ${client} chunk ${at} shared words`);
    await commitDocuments(store, 'c', [sampleDocument(id, texts)]);
    writeSync(1, `${JSON.stringify({ id, chunks: texts.length })}\n`);
  }
}

const opened = createPostgresDocumentStore({ url });
void Promise.all(Array.from({ length: 8 }, async (_, client) => commitWithoutEnd(client)));
