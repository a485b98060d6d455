import type { IncomingMessage } from 'node:http';

/**
 * Calls back once the whole request lies in its buffer (`request.complete`), or once it has closed before that. Nothing
 * is read, and the stream is handed over as untouched: neither flowing nor paused, without listeners.
 *
 * Most clients send head and body in one packet. One turn of the event loop after the head the parser has seen all of
 * that packet, and has refused what it finds wrong behind the request. A tick would be too early: ticks run between the
 * parser's steps. Of a client that stalls the server's own time limits take care.
 *
 * The body must fit below the high-water mark of a socket (16 KiB): the stream takes no more without being read.
 */
export function whenComplete(request: IncomingMessage, then: () => void): void {
  setImmediate(() => {
    if (request.complete || request.destroyed) then();
    else awaitRest(request, then);
  });
}

function awaitRest(request: IncomingMessage, then: () => void): void {
  const look = (): void => {
    if (!request.complete && !request.destroyed) return;
    request.off('readable', look).off('close', look);
    setImmediate(then);
  };
  request.on('readable', look).on('close', look);
}
