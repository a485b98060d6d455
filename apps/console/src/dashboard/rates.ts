import type { Metrics } from '../api/wire';

/** A second, between two readings. */
export interface Rates {
  readonly requests: number;
  readonly errors: number;
  readonly refused: number;
}

/** A server that began anew between the readings has counted from zero since. */
export function ratesBetween(before: Metrics, after: Metrics, seconds: number): Rates {
  const rate = (part: 'requests' | 'errors' | 'refused'): number => {
    const grown = after.since_start[part] - before.since_start[part];
    return seconds <= 0 ? 0 : Math.max(grown < 0 ? after.since_start[part] : grown, 0) / seconds;
  };
  return { requests: rate('requests'), errors: rate('errors'), refused: rate('refused') };
}
