import type { Conditions } from '../conditions';

export const claimIds = ['query_cache', 'cache_tiers', 'async', 'pooling', 'gzip', 'chunking'] as const;
export type ClaimId = (typeof claimIds)[number];

/** What the origin promised. */
export interface Promised {
  /** `reduction`: 1 − with / without; `times`: with / without. */
  readonly as: 'reduction' | 'times' | 'gain';
  readonly low: number;
  readonly high: number;
}

export interface Claim {
  readonly id: ClaimId;
  readonly promised: Promised;
  /** In the unit of the promise. */
  readonly measured: number;
  /** 95 % interval, where rounds were compared. */
  readonly interval?: readonly [number, number];
  /** Figures that the pages name; milliseconds, bytes, requests a second. */
  readonly figures: Readonly<Record<string, number>>;
}

/** The content of docs/figures/claims.json, from which the pages are made. */
export interface ClaimsReport {
  readonly conditions: Conditions;
  /** Four pages, few rounds, without the figure of chunking: shows that everything runs, no more. */
  readonly isQuick: boolean;
  readonly claims: readonly Claim[];
  /** Why figures are not the server's; empty when they are. */
  readonly noClaim: readonly string[];
}

export const promises: Readonly<Record<ClaimId, Promised>> = {
  query_cache: { as: 'reduction', low: 0.5, high: 0.8 },
  cache_tiers: { as: 'reduction', low: 0.6, high: 0.9 },
  async: { as: 'times', low: 2, high: 3 },
  pooling: { as: 'reduction', low: 0.2, high: 0.4 },
  gzip: { as: 'reduction', low: 0.3, high: 0.5 },
  chunking: { as: 'gain', low: 0.2, high: 0.3 },
};
