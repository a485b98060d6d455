import { once } from 'node:events';
import { connect } from 'node:net';

import { AcervoProcess } from './acervo-process';

/** Such as Java's HttpClient, which asks every server for HTTP/2. */
const head = ['POST /search HTTP/1.1', 'Host: 127.0.0.1', 'Upgrade: h2c', 'Connection: Upgrade', 'Content-Length: 20'];

describe('a request that asks for another protocol', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ SAMPLE_CORPUS: 'false' });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  it('and is answered before its body has come ends the connection, for Node would lose the next request', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write([...head, '', '{"query":'].join('\r\n'));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    expect(answer).toMatch(/^Connection: close\r$/m);
  });
});
