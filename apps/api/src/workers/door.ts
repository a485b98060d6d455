/**
 * The writer's door: a socket in the file system by which the other workers hand it requests. Whoever can open it is
 * this user on this machine, so what it says of the client's address is believed here, and nowhere else. A connection
 * carries one request: its remote address is that of the client, for everything behind it.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const peerAddressHeader = 'x-acervo-peer-address';
/** sockaddr_un takes 108 bytes on Linux and 104 elsewhere, the end included. */
const longestPathBytes = 100;
const requestTimeoutMs = 300_000;

/** Where the door of a data folder is; in a folder of its own when the path would be too long for a socket. */
export async function doorOf(dataDirectory: string): Promise<string> {
  const path = join(resolve(dataDirectory), 'writer.sock');
  if (Buffer.byteLength(path) <= longestPathBytes) return path;
  return join(await mkdtemp(join(tmpdir(), 'acervo-')), 'writer.sock');
}

/** Listens at `path`, in the place of what a dead process left there. Only the owner of the folder may open it. */
export async function openDoor(path: string, route: RequestListener): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    Object.defineProperty(request.socket, 'remoteAddress', { value: request.headers[peerAddressHeader] });
    route(request, response);
  });
  server.requestTimeout = requestTimeoutMs;
  server.maxRequestsPerSocket = 1;
  const mask = process.umask(0o177);
  try {
    // Exclusive: in the writer alone, not by way of the primary. The file is made before `listen` returns.
    server.listen({ path, exclusive: true });
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
  return server;
}
