/** Clients that search by GET and POST, list documents and hold streams, each one thing after the other. */
import { until } from '@acervo/testing';

import { FleetClient, type FleetAnswer, type FleetRequest } from './fleet-client';

type Kind = 'searches by GET' | 'searches by POST' | 'lists' | 'streams';

export interface Outcome {
  readonly kind: Kind;
  readonly answer: FleetAnswer;
  readonly startedAtMs: number;
  /** Whole, and what was asked for: a stream with its last event. */
  readonly isFine: boolean;
}

const requests: readonly [Kind, (nth: string) => FleetRequest][] = [
  ['searches by GET', (nth) => ({ path: `/search?q=f%C3%A9rias+${nth}` })],
  ['searches by POST', (nth) => ({ method: 'POST', path: '/search', body: { query: `férias ${nth}` } })],
  ['lists', () => ({ path: '/documents?limit=5' })],
  [
    'streams',
    (nth) => ({ method: 'POST', path: '/chat', body: { message: `Quantas férias há? ${nth}`, stream: true } }),
  ],
];

export class MixedLoad {
  private readonly outcomes: Outcome[] = [];
  private isOver = false;
  private readonly clients: Promise<void>[];

  constructor(
    private readonly url: string,
    clients: number,
  ) {
    this.clients = Array.from({ length: clients }, async (_, nth) => this.run(nth));
  }

  /** Resolves when so many more were answered. */
  async reaches(more: number): Promise<void> {
    const target = this.outcomes.length + more;
    await until(`${more} requests are over`, async () => Promise.resolve(this.outcomes.length >= target), 60_000);
  }

  counts(): Record<Kind, number> {
    const of = (kind: Kind): number => this.outcomes.filter((outcome) => outcome.kind === kind).length;
    return Object.fromEntries(requests.map(([kind]) => [kind, of(kind)])) as Record<Kind, number>;
  }

  async end(): Promise<readonly Outcome[]> {
    this.isOver = true;
    await Promise.all(this.clients);
    return this.outcomes;
  }

  private async run(nth: number): Promise<void> {
    const client = new FleetClient(100 + nth, 1);
    for (let round = nth; !this.isOver; round++) {
      const next = requests[round % requests.length];
      if (next === undefined) return;
      const [kind, request] = next;
      const answer = await client.ask(this.url, request(`${nth}.${round}`));
      const isWhole = kind !== 'streams' || answer.text.includes('event: done');
      this.outcomes.push({ kind, answer, startedAtMs: answer.startedAtMs, isFine: answer.status === 200 && isWhole });
    }
    client.close();
  }
}
