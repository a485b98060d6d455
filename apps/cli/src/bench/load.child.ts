/** Sends a request over and over on each of its connections, and counts whole answers with status 200. */
import { connect } from 'node:net';

export interface LoadOrder {
  readonly port: number;
  /** The whole request as it goes over the wire. */
  readonly request: string;
  readonly connections: number;
  readonly ms: number;
  /** Takes the place of the seven # in the request, one more each time, so that no request is like another. */
  readonly firstNumber?: number;
}

export interface LoadReport {
  readonly answers: number;
  /** Of the last one: headers and body. */
  readonly headBytes: number;
  readonly bodyBytes: number;
}

const endOfHead = '\r\n\r\n';

process.on('message', ({ port, request, connections, ms, firstNumber }: LoadOrder) => {
  const bytes = Buffer.from(request, 'latin1');
  let number = firstNumber ?? 0;
  const next = (): Buffer =>
    firstNumber === undefined
      ? bytes
      : Buffer.from(request.replace('#######', String(number++).padStart(7, '0')), 'latin1');
  const untilMs = performance.now() + ms;
  let report: LoadReport = { answers: 0, headBytes: 0, bodyBytes: 0 };
  let open = connections;
  for (let nth = 0; nth < connections; nth++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let missing = 0;
    const send = (): void => {
      received = '';
      missing = 0;
      if (performance.now() < untilMs) socket.write(next());
      else socket.destroy();
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      if (missing > 0) missing -= chunk.byteLength;
      else {
        received += chunk.toString('latin1');
        const headBytes = received.indexOf(endOfHead) + endOfHead.length;
        if (headBytes < endOfHead.length) return;
        const head = received.slice(0, headBytes);
        const bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`Not an answer: ${head}`);
        missing = headBytes + bodyBytes - received.length;
        report = { answers: report.answers, headBytes, bodyBytes };
      }
      if (missing > 0) return;
      report = { ...report, answers: report.answers + 1 };
      send();
    });
    socket.on('error', (error) => {
      throw error;
    });
    socket.on('close', () => {
      open -= 1;
      if (open === 0) process.send?.(report);
    });
  }
});
process.once('disconnect', () => process.exit());
