import { applyDecorators, SetMetadata, UseInterceptors, type Type } from '@nestjs/common';

import { CachedResponseInterceptor, policyKey } from './cached-response.interceptor';
import type { ResponseCachePolicy } from './response-cache-policy';

/** Keeps the answers of a route. `policy` is a provider; without a `ResponseCacheModule` the route is as before. */
export function CachedResponse(policy: Type<ResponseCachePolicy>): MethodDecorator {
  return applyDecorators(SetMetadata(policyKey, policy), UseInterceptors(CachedResponseInterceptor));
}
