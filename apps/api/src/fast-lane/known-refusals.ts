import type { IncomingMessage, ServerResponse } from 'node:http';

import type { DomainError } from '@acervo/kernel';
import { toProblem } from '@acervo/problem';
import type { LimitOutcome } from '@acervo/throttle';

import { totalTiming } from '../request-context';
import { HeaderPlan } from './header-plan';

const plainSlots = ['X-Request-Id', 'Server-Timing', 'Content-Length', 'Retry-After'] as const;
const limitedSlots = [...plainSlots, 'RateLimit-Policy', 'RateLimit'] as const;

type Plan = HeaderPlan<(typeof plainSlots)[number]> | HeaderPlan<(typeof limitedSlots)[number]>;

const maxKinds = 200;
/** As long as the problem filter leaves the address. */
const maxInstance = 2_048;

export interface Refusal {
  readonly error: DomainError;
  readonly retryAfterSeconds: number;
  /** What the request has taken, or would have. */
  readonly limit: Pick<LimitOutcome, 'policy' | 'state'>;
}

/** Whom it is for. */
export interface Refused {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly startedMs: number;
}

/**
 * Refusals with one status as the router sends them: its headers are learned from one of its own, by the kind of the
 * request (all that they depend on), and filled for the next.
 */
export class KnownRefusals {
  private readonly plans = new Map<string, Plan>();

  /** @param maxBytes of a problem that the router does not compress */
  constructor(
    private readonly status: number,
    private readonly maxBytes: number,
  ) {}

  /** Learns from what the router sends to a request of this kind, if that is such a refusal. */
  watch(kind: string, response: ServerResponse): void {
    if (this.plans.has(placeOf(kind, true)) || this.plans.has(placeOf(kind, false))) return;
    if (this.plans.size >= maxKinds) return;
    response.once('finish', () => {
      if (response.statusCode !== this.status) return;
      if (response.hasHeader('Content-Encoding')) return;
      const isLimited = response.hasHeader('RateLimit');
      const plan = HeaderPlan.of<(typeof limitedSlots)[number]>(response, isLimited ? limitedSlots : plainSlots);
      if (plan !== undefined) this.plans.set(placeOf(kind, isLimited), plan);
    });
  }

  /** Sends the refusal; false when only the router can. */
  send(kind: string, { error, retryAfterSeconds, limit }: Refusal, refused: Refused): boolean {
    const { request, response, id, startedMs } = refused;
    const plan = this.plans.get(placeOf(kind, limit.policy !== ''));
    if (plan === undefined) return false;
    const problem = toProblem(error, { instance: request.url?.slice(0, maxInstance) ?? '', requestId: id });
    const body = Buffer.from(JSON.stringify(problem));
    if (body.byteLength >= this.maxBytes) return false;
    const headers = plan.fill({
      'X-Request-Id': id,
      'Server-Timing': totalTiming(startedMs),
      'Content-Length': String(body.byteLength),
      'RateLimit-Policy': limit.policy,
      RateLimit: limit.state,
      'Retry-After': String(retryAfterSeconds),
    });
    response.writeHead(this.status, headers);
    response.end(body);
    return true;
  }
}

function placeOf(kind: string, isLimited: boolean): string {
  return `${isLimited ? 'limited' : 'free'} ${kind}`;
}
