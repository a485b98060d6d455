/** What a worker and the primary say to each other about limits; both copy what they send. */
import type { RateLimit, RateLimitDecision } from '../../rate-limit-storage';

/** All that a worker takes in one turn of its loop. */
export interface LimitsAsked {
  readonly kind: 'limits';
  readonly id: number;
  readonly takes: readonly (readonly RateLimit[])[];
}

/** In the order of what was asked. */
export interface LimitsDecided {
  readonly kind: 'limits';
  readonly id: number;
  readonly decisions: readonly RateLimitDecision[];
}
