import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { createHttpServer, defaultHttpLimits } from './http-server';

const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n';

describe('slow clients', () => {
  let server: Server;
  let answered: number;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    answered = 0;
    const limits = {
      headersTimeoutMs: 300,
      requestTimeoutMs: 900,
      keepAliveTimeoutMs: 75_000,
      checkEveryMs: 20,
      maxHeaderBytes: 16_384,
      maxConnections: 20,
    };
    server = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        answered += 1;
        response.end('well');
      });
    }, limits);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  /** Sends a byte now and then until the other side has enough; what that said. A byte too late resets the connection. */
  const drip = async (socket: Socket, bytes: string): Promise<string> => {
    let at = 0;
    let said = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (said += piece));
    const timer = setInterval(() => socket.write(bytes[at++ % bytes.length] ?? 'x'), 20);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    return said;
  };
  const ask = async (socket: Socket): Promise<string> => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    return String((await once(socket, 'data'))[0]);
  };

  it('that say nothing, and those that never end their headers, are sent away', async () => {
    const startedMs = performance.now();
    const said = await Promise.all([text(await open()), drip(await open(), 'GET / HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaa')]);
    expect(said.map((answer) => answer.slice(0, 12))).toEqual(['HTTP/1.1 408', 'HTTP/1.1 408']);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(answered).toBe(0);
  });

  it('that never end their body are sent away', async () => {
    const socket = await open();
    socket.write(`${post}\r\n`);
    expect(await drip(socket, '.')).toMatch(/^HTTP\/1\.1 408 /);
    expect(answered).toBe(0);
  });

  it('hold nobody up: others are answered while they drip', async () => {
    const slow = await Promise.all(Array.from({ length: 10 }, open));
    const dripping = slow.map(async (socket) => drip(socket, post));
    expect(await ask(await open())).toMatch(/^HTTP\/1\.1 200 /);
    expect((await Promise.all(dripping)).every((said) => said.startsWith('HTTP/1.1 408'))).toBe(true);
  });

  it('may have no more connections than there is room for', async () => {
    const full = await Promise.all(Array.from({ length: 20 }, open));
    const extra = await open();
    await once(extra, 'close');
    expect(await ask(full[0] ?? extra)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('may not send endless headers', async () => {
    const socket = await open();
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('keep their connection between two requests for longer than proxies do', async () => {
    const socket = await open();
    await ask(socket);
    // Beyond all other limits of this server.
    const isClosed = once(socket, 'close', { signal: AbortSignal.timeout(1_200) });
    await expect(isClosed).rejects.toThrow(/abort/);
    expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 /);
    expect(defaultHttpLimits.keepAliveTimeoutMs).toBeGreaterThan(60_000);
  });
});
