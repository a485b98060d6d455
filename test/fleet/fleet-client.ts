/** Requests of which each comes from a client of its own, so that no limit counts them together. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http';

import { trustedAddress } from './fleet';

export interface FleetAnswer {
  /** 0: the connection ended first. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly startedAtMs: number;
  readonly firstByteAtMs: number;
  readonly endedAtMs: number;
}

export interface FleetRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

export class FleetClient {
  /** By address of the server: no more than there are servers. */
  private readonly agents = new Map<string, Agent>();
  private asked = 0;

  /** @param offset tells clients of one test apart */
  constructor(
    private readonly offset = 1,
    private readonly maxSockets = 64,
  ) {}

  /** Never rejects: an answer that did not come has status 0 and the reason as its text. */
  async ask(
    url: string,
    { method = 'GET', path, body, headers = {}, timeoutMs = 20_000 }: FleetRequest,
  ): Promise<FleetAnswer> {
    const nth = this.asked++;
    const address = `10.${this.offset}.${(nth >> 8) & 255}.${nth & 255}`;
    const { hostname, port } = new URL(url);
    const content = body === undefined ? undefined : JSON.stringify(body);
    const startedAtMs = performance.now();
    return await new Promise((resolve) => {
      let firstByteAtMs = NaN;
      let text = '';
      const end = (status: number, answered: IncomingHttpHeaders): void => {
        resolve({ status, headers: answered, text, startedAtMs, firstByteAtMs, endedAtMs: performance.now() });
      };
      const sent = request(
        {
          ...{ hostname, port, method, path, agent: this.agentOf(url) },
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            ...(content !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(content),
            }),
            'x-forwarded-for': address,
            ...headers,
          },
        },
        (response) => {
          response.setEncoding('utf8').on('data', (part: string) => {
            if (text === '') firstByteAtMs = performance.now();
            text += part;
          });
          response.once('end', () => {
            end(response.statusCode ?? 0, response.headers);
          });
          response.once('error', (error) => {
            text = String(error);
            end(0, {});
          });
        },
      );
      sent.once('error', (error) => {
        text = String(error);
        end(0, {});
      });
      sent.end(content);
    });
  }

  close(): void {
    for (const agent of this.agents.values()) agent.destroy();
  }

  private agentOf(url: string): Agent {
    let agent = this.agents.get(url);
    if (agent === undefined) {
      agent = new Agent({ keepAlive: true, maxSockets: this.maxSockets, localAddress: trustedAddress });
      this.agents.set(url, agent);
    }
    return agent;
  }
}
