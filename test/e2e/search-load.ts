/** Clients that search one after the other over connections of their own, and note what became of each search. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

export interface Searched {
  readonly startedAtMs: number;
  /** 0: no answer. */
  readonly status: number;
  readonly error: string;
}

export class SearchLoad {
  readonly searches: Searched[] = [];
  private isOver = false;
  private readonly clients: Promise<void>[];

  /** @param timeoutMs of one search */
  constructor(
    private readonly url: string,
    clients: number,
    private readonly timeoutMs: number,
  ) {
    this.clients = Array.from({ length: clients }, async (_, nth) => this.run(nth));
  }

  /** Resolves when every client has its last answer. */
  async end(): Promise<readonly Searched[]> {
    this.isOver = true;
    await Promise.all(this.clients);
    return this.searches;
  }

  private async run(client: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let nth = 0; !this.isOver; nth++) {
      const startedAtMs = performance.now();
      // Every other question was asked before.
      const query = nth % 2 === 0 ? `férias ${client} ${nth}` : 'férias';
      const outcome = await this.search(agent, query).catch((error: unknown) => ({ status: 0, error: String(error) }));
      this.searches.push({ startedAtMs, ...outcome });
    }
    agent.destroy();
  }

  private async search(agent: Agent, query: string): Promise<Omit<Searched, 'startedAtMs'>> {
    const request = httpRequest(`${this.url}/search`, {
      agent,
      method: 'POST',
      signal: AbortSignal.timeout(this.timeoutMs),
      headers: { 'content-type': 'application/json' },
    });
    request.end(JSON.stringify({ query }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    return { status: response.statusCode ?? 0, error: response.statusCode === 200 ? '' : text };
  }
}
