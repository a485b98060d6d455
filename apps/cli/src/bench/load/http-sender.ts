import { Pool, type Dispatcher } from 'undici';

import type { Answer, Send } from './generator';
import type { LoadOrder, WireRequest } from './load-order';

/** Sends over connections of each source's own address; `close` ends them all. */
export class HttpSender {
  private readonly pools: readonly Pool[];

  constructor(private readonly order: LoadOrder) {
    this.pools = order.sources.map(
      ({ localAddress }) =>
        new Pool(order.url, {
          connections: order.maxInFlight,
          pipelining: 1,
          // Idle connections live as long as the server lets them: a reconnect would be measured as its latency.
          keepAliveTimeout: 60_000,
          headersTimeout: order.timeoutMs,
          bodyTimeout: order.timeoutMs,
          connect: { timeout: order.timeoutMs, ...(localAddress === undefined ? {} : { localAddress }) },
        }),
    );
  }

  readonly send: Send = (source, request, onEnd) => {
    this.pools[source]?.dispatch(this.optionsOf(request), new Collector(onEnd));
  };

  async close(): Promise<void> {
    await Promise.all(this.pools.map(async (pool) => pool.destroy()));
  }

  private optionsOf({ method, path, headers, body }: WireRequest): Dispatcher.DispatchOptions {
    return {
      ...{ method, path, body: body ?? null, reset: !this.order.keepsConnections },
      headers: { ...this.order.headers, ...headers },
    };
  }
}

class Collector implements Dispatcher.DispatchHandler {
  private status = 0;
  private bodyBytes = 0;
  private hasRetryAfter = false;

  constructor(private readonly onEnd: (answer: Answer) => void) {}

  onRequestStart(): void {
    // undici takes a handler with this method for one of the present kind.
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.status = status;
    this.hasRetryAfter = headers['retry-after'] !== undefined;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bodyBytes += chunk.byteLength;
  }

  onResponseEnd(): void {
    this.onEnd({ status: this.status, bodyBytes: this.bodyBytes, hasRetryAfter: this.hasRetryAfter });
  }

  onResponseError(): void {
    this.onEnd({ status: 0, bodyBytes: this.bodyBytes, hasRetryAfter: false });
  }
}
