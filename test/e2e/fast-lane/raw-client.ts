/** A connection that sends bytes as they are, and takes answers apart without a library that would mend them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

export interface RawAnswer {
  readonly status: string;
  /** In the order and spelling of the wire. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface Exchange {
  /** What the connection gave, in order; interim answers too. */
  readonly answers: readonly RawAnswer[];
  readonly end: 'open' | 'closed' | 'silent';
  /** Bytes that are no answer. */
  readonly rest: string;
}

const silenceMs = 10_000;
/** Long enough for an answer to come first: which of both is first would be chance otherwise. */
const hangUpMs = 300;

export class RawClient {
  private socket: Socket | undefined;
  private received = Buffer.alloc(0);
  private isClosed = false;
  private wake: (() => void) | undefined;

  constructor(private readonly port: number) {}

  /**
   * Sends the pieces one after the other, each when the one before has left, and waits for an answer to each method, or
   * for the end of the connection.
   *
   * @param hangsUp ends the sending side when the server is quiet, and waits for it to close
   */
  async exchange(pieces: readonly Buffer[], methods: readonly string[], hangsUp: boolean): Promise<Exchange> {
    const socket = await this.connected();
    for (const [nth, piece] of pieces.entries()) {
      if (nth > 0) await new Promise((resolve) => setTimeout(resolve, 2));
      if (socket.writable) socket.write(piece);
    }
    const answers: RawAnswer[] = [];
    const waiting = [...methods];
    let quietMs = hangsUp ? hangUpMs : silenceMs;
    let hasHungUp = false;
    for (;;) {
      const answer = this.next(waiting[0] ?? 'GET');
      if (answer !== undefined) {
        answers.push(answer);
        if (!answer.status.startsWith('HTTP/1.1 1')) waiting.shift();
        if (waiting.length === 0 && !hangsUp && !isLast(answer)) return { answers, end: 'open', rest: this.drop() };
      } else if (this.isClosed) {
        return { answers, end: 'closed', rest: this.drop() };
      } else if (!(await this.more(quietMs))) {
        if (hasHungUp || !hangsUp) {
          this.close();
          return { answers, end: 'silent', rest: this.drop() };
        }
        socket.end();
        hasHungUp = true;
        quietMs = silenceMs;
      }
    }
  }

  close(): void {
    this.socket?.destroy();
    this.isClosed = true;
  }

  private async connected(): Promise<Socket> {
    if (this.socket !== undefined && !this.isClosed) return this.socket;
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    this.socket = socket;
    this.isClosed = false;
    this.received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake?.();
    });
    const onEnd = (): void => {
      if (this.socket === socket) this.isClosed = true;
      socket.destroy();
      if (this.socket === socket) this.wake?.();
    };
    socket.on('end', onEnd).on('close', onEnd).on('error', onEnd);
    return socket;
  }

  /** False when nothing came for so long. */
  private async more(ms: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.wake = undefined;
        resolve(false);
      }, ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve(true);
      };
    });
  }

  private drop(): string {
    const rest = this.received.toString('latin1');
    this.received = Buffer.alloc(0);
    return rest;
  }

  private next(method: string): RawAnswer | undefined {
    const text = this.received.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const [status = '', ...lines] = text.slice(0, headEnd).split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
    const bodyStart = headEnd + 4;
    const framed = frame(this.received, bodyStart, method, status, { headers });
    if (framed === undefined) return undefined;
    this.received = this.received.subarray(framed.end);
    return { status, headers, body: framed.body };
  }
}

export function headerOf({ headers }: Pick<RawAnswer, 'headers'>, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

export function decoded(answer: RawAnswer): Buffer {
  if (answer.body.byteLength === 0) return answer.body;
  switch (headerOf(answer, 'content-encoding')) {
    case 'gzip':
      return gunzipSync(answer.body);
    case 'br':
      return brotliDecompressSync(answer.body);
    case 'deflate':
      return inflateSync(answer.body);
    default:
      return answer.body;
  }
}

function isLast(answer: RawAnswer): boolean {
  return headerOf(answer, 'connection')?.toLowerCase() === 'close';
}

function frame(
  bytes: Buffer,
  start: number,
  method: string,
  status: string,
  head: Pick<RawAnswer, 'headers'>,
): { readonly body: Buffer; readonly end: number } | undefined {
  const code = Number(status.split(' ')[1]);
  if (method === 'HEAD' || code < 200 || code === 204 || code === 304) return { body: Buffer.alloc(0), end: start };
  if (headerOf(head, 'transfer-encoding') !== 'chunked') {
    const end = start + Number(headerOf(head, 'content-length') ?? 0);
    return bytes.byteLength < end ? undefined : { body: bytes.subarray(start, end), end };
  }
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size + 2;
    if (bytes.byteLength < end) return undefined;
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    if (size === 0) return { body: Buffer.concat(chunks), end };
    at = end;
  }
}
