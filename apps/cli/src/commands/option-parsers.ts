import { InvalidArgumentError } from 'commander';

/** A whole number from 1. */
export function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Expected a whole number from 1');
  return count;
}

/** A number from 0 to 1. */
export function parseScore(value: string): number {
  const score = Number(value);
  if (!(score >= 0 && score <= 1)) throw new InvalidArgumentError('Expected a number from 0 to 1');
  return score;
}
