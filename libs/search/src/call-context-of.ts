import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import type { CallContext } from '@acervo/kernel';

/** The call context that the edge put on the request; undefined when no edge runs in front. */
export const CallContextOf = createParamDecorator((_data: unknown, host: ExecutionContext): CallContext | undefined => {
  return host.switchToHttp().getRequest<{ callContext?: CallContext }>().callContext;
});
