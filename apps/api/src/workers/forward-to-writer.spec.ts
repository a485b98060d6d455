import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import express, { type NextFunction, type Request, type Response } from 'express';

import { doorOf, openDoor, peerAddressHeader } from './door';
import { forwardToWriter } from './forward-to-writer';

describe('the way from a follower to the writer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acervo-door-'));
  const path = join(folder, 'writer.sock');
  /** What the writer does with a request. */
  let route: RequestListener;
  let door: Server;
  let follower: Server;
  let port: number;

  beforeAll(async () => {
    door = await openDoor(path, (request, response) => {
      route(request, response);
    });
    const app = express();
    app.use((request: Request, _response: Response, next: NextFunction) => {
      request.id = 'id-1';
      next();
    });
    app.use(forwardToWriter({ door: path, timeoutMs: 300 }));
    app.use((error: Error & { code: string }, _request: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) next(error);
      else response.status(503).send(error.code);
    });
    follower = createServer(app).listen(0, '127.0.0.1');
    await once(follower, 'listening');
    port = (follower.address() as AddressInfo).port;
  });
  afterAll(() => {
    follower.close();
    door.close();
    rmSync(folder, { recursive: true });
  });

  const post = (headers: Record<string, string> = {}) =>
    httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/documents?a=1', agent: false, headers });
  const textOf = async (message: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const chunk of message.setEncoding('utf8')) text += chunk as string;
    return text;
  };
  const answerTo = async (request: ReturnType<typeof post>): Promise<IncomingMessage> =>
    ((await once(request, 'response')) as [IncomingMessage])[0];

  it('carries method, path, body and headers there, and status, headers and body back', async () => {
    route = (request, response) => {
      void textOf(request).then((body) => {
        response.writeHead(207, { 'x-answer': ['one', 'two'], 'content-type': 'text/plain' });
        response.end(
          [request.method, request.url, body, request.headers['x-asked'], request.headers['x-request-id']].join(' '),
        );
      });
    };
    const request = post({ 'x-asked': 'yes', 'x-request-id': 'forged' });
    request.end('hello');
    const answer = await answerTo(request);
    expect([answer.statusCode, answer.headers['x-answer']]).toEqual([207, 'one, two']);
    expect(await textOf(answer)).toBe('POST /documents?a=1 hello yes id-1');
  });

  it('gives the writer the address that the follower sees, whatever the client says', async () => {
    route = (request, response) => {
      response.end(request.socket.remoteAddress);
    };
    const request = post({ [peerAddressHeader]: '203.0.113.7' });
    request.end();
    expect(await textOf(await answerTo(request))).toBe('127.0.0.1');
  });

  it('passes bytes on as they come', async () => {
    route = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('first');
    };
    const request = post();
    request.end();
    const answer = await answerTo(request);
    const [first] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
    expect(first).toBe('first');
    request.destroy();
  });

  it('ends the request at the writer when the client goes away', async () => {
    const arrived = new Promise<IncomingMessage>((resolve) => {
      route = resolve;
    });
    const request = post();
    request.on('error', () => undefined);
    request.write('a part of the body');
    const atWriter = await arrived;
    request.destroy();
    atWriter.on('error', () => undefined);
    await new Promise((resolve) => atWriter.resume().once('close', resolve));
    expect(atWriter.complete).toBe(false);
  });

  it('cuts the answer off when the writer dies in the middle of it', async () => {
    route = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('a part', () => response.destroy());
    };
    const request = post();
    request.end();
    const answer = await answerTo(request);
    await expect(textOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('waits for a writer that hangs no longer than told, and says so of one that is away', async () => {
    route = () => undefined;
    const request = post();
    request.end();
    expect(await textOf(await answerTo(request))).toBe('REQUEST_DEADLINE_EXCEEDED');
    route = (_request, response) => {
      response.destroy();
    };
    const again = post();
    again.end();
    expect(await textOf(await answerTo(again))).toBe('STORE_WRITER_AWAY');
  });

  it('has a place for the door also where the data folder is too deep for a socket', async () => {
    expect(await doorOf('/data')).toBe('/data/writer.sock');
    const elsewhere = await doorOf(`/${'deep/'.repeat(40)}`);
    expect(elsewhere.length).toBeLessThan(100);
    rmSync(join(elsewhere, '..'), { recursive: true });
  });
});
