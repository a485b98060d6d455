import { InvalidArgumentError } from 'commander';

import type { RouteName } from './load-order';

const known: readonly RouteName[] = ['search', 'batch', 'chat', 'research', 'health'];

/** `search=80,batch=5,chat=10`: shares by route; a route without a number has the share 1. */
export function parseMix(value: string): Partial<Record<RouteName, number>> {
  const mix: Partial<Record<RouteName, number>> = {};
  for (const part of value.split(',')) {
    const [name, share = '1'] = part.split('=');
    const route = known.find((one) => one === name?.trim());
    const weight = Number(share);
    if (route === undefined) throw new InvalidArgumentError(`Known routes: ${known.join(', ')}`);
    if (!(weight > 0)) throw new InvalidArgumentError(`The share of ${route} must be above 0`);
    mix[route] = weight;
  }
  return mix;
}

/** `50,100,200`: requests a second. */
export function parseRates(value: string): number[] {
  const rates = value.split(',').map(Number);
  if (!rates.every((rate) => rate > 0 && rate <= 100_000))
    throw new InvalidArgumentError('Expected requests a second, above 0, such as 50,100,200');
  return rates;
}
