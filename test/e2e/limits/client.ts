/** Requests as they are, from a loopback address of the caller's choice: limits count addresses. */
import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class LoopbackClient {
  private readonly agent: Agent;

  /** @param nth names an address of its own: 127.1.0.0/16 */
  constructor(nth: number, maxSockets = 50) {
    const localAddress = `127.1.${nth >> 8}.${nth & 255}`;
    this.agent = new Agent({ keepAlive: true, maxSockets, localAddress });
  }

  /** `path` goes over the wire as it is written. */
  async send(url: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const { hostname, port } = new URL(url);
    const content = body === undefined ? undefined : JSON.stringify(body);
    return await new Promise((resolve, reject) => {
      const headers = content === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request({ agent: this.agent, hostname, port, method, path, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          });
        });
      });
      sent.on('error', reject).end(content);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export interface Burst {
  /** How many answers had which status. */
  readonly counts: Readonly<Record<number, number>>;
  /** Whether one of the servers counted by its share. */
  readonly isDegraded: boolean;
}

/** So many requests at once to each of the servers. */
export async function burst(
  urls: readonly string[],
  each: number,
  send: (url: string) => Promise<Reply>,
): Promise<Burst> {
  const counts: Record<number, number> = {};
  let isDegraded = false;
  const work = urls.flatMap((url) =>
    Array.from({ length: each }, async () => {
      const { status, headers } = await send(url);
      counts[status] = (counts[status] ?? 0) + 1;
      if (String(headers['ratelimit-policy']).includes('degraded')) isDegraded = true;
    }),
  );
  await Promise.all(work);
  return { counts, isDegraded };
}
