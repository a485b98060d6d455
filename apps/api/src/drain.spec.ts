import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

import { until } from '@acervo/testing';

import { finishRequests, openSockets } from './drain';

/** Asks while the event loop of the server is held up, over a connection of its own or over one that was used before. */
const client = `
const { connect } = require('node:net');
const { parentPort, workerData: { port } } = require('node:worker_threads');
const request = 'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 2\\r\\n\\r\\nhi';
const open = () => connect(port, '127.0.0.1').setEncoding('latin1')
  .on('error', (error) => parentPort.postMessage(error.code))
  .on('data', (text) => parentPort.postMessage(text.split('\\r\\n')[0]));
const used = open();
used.write(request);
parentPort.on('message', () => { used.write(request); open().write(request); });
`;

describe('finishRequests', () => {
  let http: Server;
  let asking: Worker;
  let sockets: ReadonlySet<Socket>;

  beforeEach(async () => {
    http = createServer((request, response) => {
      request.resume().on('end', () => response.end('well'));
    });
    sockets = openSockets(http);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    asking = new Worker(client, { eval: true, workerData: { port: (http.address() as AddressInfo).port } });
  });
  afterEach(async () => {
    http.closeAllConnections();
    http.close();
    await asking.terminate();
  });

  it('answers what arrived while the event loop was busy', async () => {
    expect((await once(asking, 'message'))[0]).toBe('HTTP/1.1 200 OK');
    const answers: string[] = [];
    asking.on('message', (line: string) => answers.push(line));
    const finished = new Promise<void>((resolve, reject) => {
      setTimeout(() => {
        finishRequests(http, sockets, new AbortController()).then(resolve, reject);
      }, 20);
    });
    asking.postMessage('now');
    for (const end = performance.now() + 300; performance.now() < end;);
    await finished;
    await until('both connections said something', async () => Promise.resolve(answers.length === 2));
    expect(answers).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  });
});
