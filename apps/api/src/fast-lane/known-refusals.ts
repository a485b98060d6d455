import type { IncomingMessage, ServerResponse } from 'node:http';

import { toProblem } from '@acervo/problem';
import type { LimitOutcome } from '@acervo/throttle';

import { totalTiming } from '../request-context';
import { HeaderPlan } from './header-plan';

const slots = [
  'X-Request-Id',
  'Server-Timing',
  'Content-Length',
  'RateLimit-Policy',
  'RateLimit',
  'Retry-After',
] as const;

const maxOrigins = 100;
/** As long as the problem filter leaves the address. */
const maxInstance = 2_048;

/**
 * Refusals by a limit as the router sends them: its headers are learned from one of its own, by the origin of the request
 * (all that they depend on), and filled for the next.
 */
export class KnownRefusals {
  private readonly plans = new Map<string, HeaderPlan<(typeof slots)[number]>>();

  /** @param maxBytes of a problem that the router does not compress */
  constructor(private readonly maxBytes: number) {}

  /** Learns from what the router sends to a request of this origin, if that is a refusal. */
  watch(origin: string, response: ServerResponse): void {
    if (this.plans.has(origin) || this.plans.size >= maxOrigins) return;
    response.once('finish', () => {
      if (response.statusCode !== 429 || response.hasHeader('Content-Encoding')) return;
      const plan = HeaderPlan.of(response, slots);
      if (plan !== undefined) this.plans.set(origin, plan);
    });
  }

  /** Sends the refusal; false when only the router can. */
  send(
    { policy, state, refusal }: LimitOutcome,
    { url }: IncomingMessage,
    response: ServerResponse,
    { origin, id, startedMs }: { readonly origin: string; readonly id: string; readonly startedMs: number },
  ): boolean {
    const plan = this.plans.get(origin);
    if (plan === undefined || refusal?.retryAfterSeconds === undefined) return false;
    const problem = toProblem(refusal.error, { instance: url?.slice(0, maxInstance) ?? '', requestId: id });
    const body = Buffer.from(JSON.stringify(problem));
    if (body.byteLength >= this.maxBytes) return false;
    const headers = plan.fill({
      'X-Request-Id': id,
      'Server-Timing': totalTiming(startedMs),
      'Content-Length': String(body.byteLength),
      'RateLimit-Policy': policy,
      RateLimit: state,
      'Retry-After': String(refusal.retryAfterSeconds),
    });
    response.writeHead(429, headers);
    response.end(body);
    return true;
  }
}
