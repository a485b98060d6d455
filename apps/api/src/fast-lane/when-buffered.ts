import type { IncomingMessage } from 'node:http';

/**
 * Calls back once `bytes` of the body lie in the request's buffer, or once the request has closed before that. Nothing
 * is read, and the stream is handed over as untouched: neither flowing nor paused, without listeners.
 *
 * Most clients send head and body in one packet; the body is then there one tick after the head. Of a client that
 * stalls the server's own time limits take care.
 *
 * @param bytes at most the high-water mark of a socket (16 KiB): the stream must take them without being read
 */
export function whenBuffered(request: IncomingMessage, bytes: number, then: (isWhole: boolean) => void): void {
  process.nextTick(() => {
    if (request.readableLength >= bytes) then(true);
    else awaitRest(request, bytes, then);
  });
}

function awaitRest(request: IncomingMessage, bytes: number, then: (isWhole: boolean) => void): void {
  const look = (): void => {
    const isWhole = request.readableLength >= bytes;
    if (!isWhole && !request.destroyed) return;
    request.off('readable', look).off('close', look);
    // The stream forgets its listener with the next tick.
    process.nextTick(then, isWhole);
  };
  request.on('readable', look).on('close', look);
}
