import type { Metrics } from '../api/wire';
import { ratesBetween } from './rates';

function reading(requests: number, errors = 0, refused = 0): Metrics {
  return { since_start: { requests, errors, refused, in_flight: 0 } } as Metrics;
}

describe('rates between two readings', () => {
  it('are what was counted, by the seconds', () => {
    expect(ratesBetween(reading(100), reading(140, 2, 4), 2)).toEqual({ requests: 20, errors: 1, refused: 2 });
  });

  it('are not negative when the server began anew', () => {
    expect(ratesBetween(reading(100), reading(6), 2).requests).toBe(3);
  });

  it('are nothing when no time has passed', () => {
    expect(ratesBetween(reading(1), reading(2), 0).requests).toBe(0);
  });
});
