/**
 * Answers each request after the milliseconds that its path names (`/12.5`). On a message it stands still for so long,
 * deaf and dumb, and tells when that was, since the epoch.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { preciseClock } from './precise-clock';

export interface StallOrder {
  readonly stallMs: number;
}

export interface StallReport {
  readonly fromMs: number;
  readonly untilMs: number;
}

const body = Buffer.from('{}');

const server = createServer((request, response) => {
  const heardMs = performance.now();
  preciseClock.at(heardMs + Number(request.url?.slice(1)), () => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.byteLength });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', ({ stallMs }: StallOrder) => {
  const fromMs = performance.timeOrigin + performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
  process.send?.({ fromMs, untilMs: performance.timeOrigin + performance.now() } satisfies StallReport);
});
process.once('disconnect', () => process.exit());
