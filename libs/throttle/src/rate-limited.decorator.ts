import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

import { limitExtension } from './openapi';
import type { LimitName } from './request-limiter';

export interface RouteLimit {
  readonly name: LimitName;
  readonly weightOf: WeightOf | undefined;
}

/** Permits that a request costs, from its body as it was parsed and not yet checked: an integer ≥ 1. */
export type WeightOf = (body: unknown) => number;

export const routeLimitKey = Symbol('RateLimited');

/**
 * The limit of a route, or of every route of a controller, shared by all that name it. Without it a route is under
 * `default`, counted by itself. `@SkipThrottle()` of @nestjs/throttler leaves a route without a limit.
 */
export function RateLimited(name: LimitName, weightOf?: WeightOf): MethodDecorator & ClassDecorator {
  const limit: RouteLimit = { name, weightOf };
  return applyDecorators(SetMetadata(routeLimitKey, limit), ApiExtension(limitExtension, name));
}
