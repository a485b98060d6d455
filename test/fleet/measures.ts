import type { FleetAnswer } from './fleet-client';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Answers that were computed for themselves: neither kept ones nor such as waited for another. */
export function computedOf(answers: readonly FleetAnswer[]): number {
  return answers.filter(({ headers }) => {
    const status = String(headers['cache-status']);
    return status.includes('fwd=miss') && !status.includes('collapsed');
  }).length;
}
