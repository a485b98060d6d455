/** The process that reads foreign files: whatever a file does to it, the server only sees a failed request. */
import { readFile, stat } from 'node:fs/promises';

import { toWireError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { prepareDocument } from './prepare-document';
import type { ChildReply, ChildRequest } from './parser-protocol';

async function answer(request: ChildRequest): Promise<ChildReply> {
  try {
    const { path, name, format, given, chunking, limits } = request;
    const { size } = await stat(path);
    if (size > limits.maxFileBytes) {
      throw fail(
        'DOCUMENT_TOO_LARGE',
        `${name} has ${size} bytes; ${limits.maxFileBytes} are allowed. Split it, or raise MAX_UPLOAD_MEGABYTES.`,
      );
    }
    const bytes = await readFile(path);
    return { type: 'parsed', document: await prepareDocument({ bytes, name, format }, given, chunking, limits) };
  } catch (error) {
    return { type: 'failed', error: toWireError(asReadable(error, request.name)) };
  }
}

/** A library that stumbles over a file says so in its own words. */
function asReadable(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error.name === 'DomainError') return error;
  return fail('DOCUMENT_UNREADABLE', `${name} cannot be read: ${error.message}`, {}, error);
}

function send(reply: ChildReply): void {
  process.send?.(reply);
}

process.on('message', (request: ChildRequest) => {
  void answer(request).then(send);
});
// The server went away: so do we.
process.on('disconnect', () => process.exit(0));
// Ctrl+C in a terminal reaches the whole group: the server decides when its parser ends.
process.on('SIGINT', () => undefined);
send({ type: 'ready' });
