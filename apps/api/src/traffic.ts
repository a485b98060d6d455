import type { AcervoConfig } from '@acervo/config';
import type { Identification } from '@acervo/identity';
import type { RequestLimiter } from '@acervo/throttle';
import type { Logger } from 'pino';

import { openIdentification } from './identity';
import { openRateLimits } from './rate-limits';
import type { Group } from './workers/group';
import type { Place } from './workers/place';

/** What every request passes, in the router and in front of it alike. The application closes it. */
export interface Traffic {
  readonly identification: Identification;
  readonly limiter: RequestLimiter;
}

export async function openTraffic(config: AcervoConfig, place: Place, logger: Logger, group?: Group): Promise<Traffic> {
  const identification = await openIdentification(config, logger);
  return { identification, limiter: await openRateLimits(config, place, logger, group) };
}
