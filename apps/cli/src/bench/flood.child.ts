/**
 * Load that does not wait for answers: each source sends at its own rate, whether or not the server keeps up, from an
 * address of its own (127.0.0.0/8 is all loopback). Latencies count from the moment a request was due. A source may
 * instead ask in a closed loop, which finds out what the server can do.
 */
import { connect, type Socket } from 'node:net';

export interface FloodSource {
  readonly name: string;
  readonly localAddress: string;
  /** Open loop, requests a second. */
  readonly perSecond?: number;
  /** Closed loop: as many at a time. */
  readonly atOnce?: number;
}

export interface FloodOrder {
  readonly port: number;
  readonly sources: readonly FloodSource[];
  readonly ms: number;
  /** Of the first question: no question is ever asked twice. */
  readonly firstQuestion: number;
}

export interface Reply {
  /** Index into the sources. */
  readonly source: number;
  /** Since the start of the flood, when the request was due. */
  readonly atMs: number;
  readonly ms: number;
  /** 0: the connection failed. */
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

export interface FloodReport {
  readonly replies: readonly Reply[];
  readonly asked: number;
  /** Requests that found all connections of their source busy: the generator was the limit. */
  readonly unsent: number;
  readonly cpuMs: number;
  readonly elapsedMs: number;
}

const maxConnections = 600;
const tickMs = 2;
const patienceMs = 40_000;
const endOfHead = '\r\n\r\n';
const topics = ['Docker', 'cache', 'backups', 'API', 'embeddings', 'monitoring', 'filtros', 'Chroma', 'jobs', 'keys'];

class Source {
  private readonly idle: Line[] = [];
  private open = 0;

  constructor(
    private readonly flood: Flood,
    readonly index: number,
    readonly source: FloodSource,
  ) {}

  ask(dueMs: number): void {
    const line = this.idle.pop() ?? this.newLine();
    if (line === undefined) this.flood.unsent += 1;
    else line.ask(dueMs);
  }

  release(line: Line): void {
    this.idle.push(line);
    if (this.source.atOnce !== undefined && this.flood.isOn) this.ask(performance.now());
  }

  lose(line: Line): void {
    this.open -= 1;
    const at = this.idle.indexOf(line);
    if (at >= 0) this.idle.splice(at, 1);
  }

  private newLine(): Line | undefined {
    if (this.open >= maxConnections) return undefined;
    this.open += 1;
    return new Line(this.flood, this);
  }
}

/** One connection, one request at a time. */
class Line {
  private readonly socket: Socket;
  private dueMs = 0;
  private isBusy = false;
  private received = '';

  constructor(
    private readonly flood: Flood,
    private readonly source: Source,
  ) {
    const { localAddress } = source.source;
    this.socket = connect({ port: flood.order.port, host: '127.0.0.1', localAddress, noDelay: true });
    this.socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.read(chunk);
    });
    this.socket
      .on('error', () => undefined)
      .on('close', () => {
        source.lose(this);
        if (this.isBusy) this.end(0, false);
      });
    flood.sockets.add(this.socket);
  }

  ask(dueMs: number): void {
    this.dueMs = dueMs;
    this.isBusy = true;
    this.received = '';
    this.flood.asked += 1;
    this.flood.pending += 1;
    this.socket.write(this.flood.nextRequest());
  }

  private read(chunk: string): void {
    this.received += chunk;
    const headEnd = this.received.indexOf(endOfHead);
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.received)?.[1] ?? 0);
    if (this.received.length < headEnd + endOfHead.length + length) return;
    const head = this.received.slice(0, headEnd);
    this.end(Number(head.slice(9, 12)), /\r\nretry-after: \d/i.test(head));
    this.source.release(this);
  }

  private end(status: number, hasRetryAfter: boolean): void {
    this.isBusy = false;
    const now = performance.now();
    const { startedMs } = this.flood;
    const { index: source } = this.source;
    this.flood.replies.push({ source, atMs: this.dueMs - startedMs, ms: now - this.dueMs, status, hasRetryAfter });
    this.flood.pending -= 1;
    this.flood.lookForEnd();
  }
}

class Flood {
  readonly replies: Reply[] = [];
  readonly sockets = new Set<Socket>();
  readonly startedMs = performance.now();
  isOn = true;
  asked = 0;
  unsent = 0;
  pending = 0;
  private questions: number;
  private readonly cpu = process.cpuUsage();
  private readonly sources: readonly Source[];
  private readonly due: number[];
  private readonly timer: NodeJS.Timeout;
  private readonly patience: NodeJS.Timeout;

  constructor(
    readonly order: FloodOrder,
    private readonly done: (report: FloodReport) => void,
  ) {
    this.questions = order.firstQuestion;
    this.sources = order.sources.map((source, index) => new Source(this, index, source));
    // Not all in the same moment.
    this.due = order.sources.map(({ perSecond }, nth) =>
      perSecond === undefined ? Infinity : this.startedMs + (1_000 / perSecond) * ((nth % 7) / 7),
    );
    for (const source of this.sources)
      for (let nth = 0; nth < (source.source.atOnce ?? 0); nth += 1) source.ask(performance.now());
    this.timer = setInterval(() => {
      this.tick();
    }, tickMs);
    this.patience = setTimeout(() => {
      this.finish();
    }, order.ms + patienceMs);
  }

  nextRequest(): string {
    this.questions += 1;
    const topic = topics[this.questions % topics.length] ?? '';
    const query = `Como configurar ${topic} no ambiente ${this.questions}?`;
    const body = JSON.stringify({ query, max_results: 5 });
    return `POST /search HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  lookForEnd(): void {
    if (!this.isOn && this.pending === 0) this.finish();
  }

  private tick(): void {
    const now = performance.now();
    if (now - this.startedMs >= this.order.ms) {
      clearInterval(this.timer);
      this.isOn = false;
      this.lookForEnd();
      return;
    }
    for (const [nth, source] of this.sources.entries()) {
      const { perSecond } = source.source;
      if (perSecond === undefined) continue;
      let due = this.due[nth] ?? Infinity;
      for (; due <= now; due += 1_000 / perSecond) source.ask(due);
      this.due[nth] = due;
    }
  }

  private finish(): void {
    clearTimeout(this.patience);
    for (const socket of this.sockets) socket.destroy();
    const { user, system } = process.cpuUsage(this.cpu);
    const { replies, asked, unsent, startedMs } = this;
    const elapsedMs = performance.now() - startedMs;
    this.done({ replies, asked, unsent, cpuMs: (user + system) / 1_000, elapsedMs });
  }
}

process.on('message', (order: FloodOrder) => {
  new Flood(order, (report) => process.send?.(report));
});
process.once('disconnect', () => process.exit());
