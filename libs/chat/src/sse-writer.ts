/** Server-sent events on a response: numbered, with a heartbeat, as fast as the client reads and no faster. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { CallContext } from '@acervo/kernel';

export class SseWriter {
  private readonly heartbeat: NodeJS.Timeout;

  /** Sends the headers at once. `X-Accel-Buffering` keeps nginx from collecting events. */
  constructor(
    private readonly response: ServerResponse,
    heartbeatMs: number,
  ) {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
    }, heartbeatMs);
    response.once('close', () => {
      clearInterval(this.heartbeat);
    });
  }

  /** Waits while the client is slow. Rejects when it left. */
  async send(type: string, data: unknown, id: string | undefined, context: CallContext): Promise<void> {
    const name = id === undefined ? '' : `id: ${id}\n`;
    await this.write(`${name}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`, context);
  }

  /** An event without a name, as clients of OpenAI read them. `data` in one line. */
  async sendData(data: string, context: CallContext): Promise<void> {
    await this.write(`data: ${data}\n\n`, context);
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private async write(event: string, context: CallContext): Promise<void> {
    if (this.response.write(event)) return;
    await once(this.response, 'drain', { signal: context.signal });
  }
}
