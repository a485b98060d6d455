import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import { anonymous } from './anonymous-identification';
import { clientOf, type Client } from './client';

const nobodyAsked = anonymous('address:unknown');

/** Who a request was let in for. Where no guard stands in front, as in a room by itself, everybody may do everything. */
export function clientOrAnybody(request: object): Client {
  return clientOf(request) ?? nobodyAsked;
}

/** The parameter of a handler. */
export const ClientOf = createParamDecorator((_data: unknown, host: ExecutionContext): Client => {
  return clientOrAnybody(host.switchToHttp().getRequest<object>());
});
