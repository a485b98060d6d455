import {
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { lastValueFrom, of, type Observable } from 'rxjs';

import { callContext, type CallContext } from '@acervo/kernel';

import { bypassStatus } from './cache-status';
import { ResponseCache } from './response-cache';
import type { ResponseCachePolicy } from './response-cache-policy';

export const policyKey = Symbol('ResponseCachePolicy');

/** Of a request that comes without a call context. */
const defaultTimeoutMs = 30_000;

type CallRequest = Omit<Request, 'callContext'> & { callContext?: CallContext };

/** Answers a route from the cache, and fills it. The handler runs in the context of all who wait for its answer. */
@Injectable()
export class CachedResponseInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
    @Optional() private readonly cache?: ResponseCache,
  ) {}

  async intercept(host: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { cache } = this;
    const policyType = this.reflector.get<Type<ResponseCachePolicy> | undefined>(policyKey, host.getHandler());
    if (cache === undefined || policyType === undefined) return next.handle();
    const policy = this.modules.get<ResponseCachePolicy>(policyType, { strict: false });
    const request = host.switchToHttp().getRequest<CallRequest>();
    const response = host.switchToHttp().getResponse<Response>();
    const subject = policy.subject(request);
    const context = request.callContext ?? callContext(defaultTimeoutMs);
    const state = subject && (await cache.stateOf(subject.collection, context));
    if (subject === undefined || state === undefined) {
      response.setHeader('Cache-Status', bypassStatus);
      return next.handle();
    }
    response.vary(cache.varyFor(request.method));
    const body = await cache.answer({
      method: request.method,
      headers: request.headers,
      subject,
      state,
      context,
      compute: async (flight) => {
        request.callContext = flight;
        return await lastValueFrom<unknown>(next.handle());
      },
      keep: (answer) => policy.keep(answer, state.generation),
    });
    return of(body);
  }
}
