import { Injectable, RequestMethod, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import {
  THROTTLER_KEY_GENERATOR,
  THROTTLER_LIMIT,
  THROTTLER_SKIP,
  THROTTLER_TRACKER,
  THROTTLER_TTL,
} from '@nestjs/throttler/dist/throttler.constants';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { Identification } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';

import { writeLimitHeaders, type LimitOutcome, type NamedLimit } from './limit-outcome';
import { routeLimitKey, type RouteLimit } from './rate-limited.decorator';
import { RequestLimiter } from './request-limiter';
import { takenFor } from './taken-limits';

type RoutedRequest = IncomingMessage & {
  readonly body?: unknown;
  readonly callContext?: CallContext;
  readonly route?: { readonly path?: unknown };
};

/** Of a request that comes without a call context. */
const TIMEOUT_MS = 5_000;

const underDefault: RouteLimit = { name: 'default', weightOf: undefined };

/**
 * The guard of @nestjs/throttler with the limits of Acervo: a route has the limit that `@RateLimited` names, or
 * `default`, counted by route; throttlers of the application come on top, as there. All limits of a request are taken at
 * once and a refused one spends nothing. Headers are those of the IETF draft.
 *
 * The route is the one that the router found, not the address: however an address is written, its limit is the same.
 *
 * Errors: RATE_LIMIT_EXCEEDED; AUTH_REQUIRED, AUTH_INVALID when nobody has identified the client yet.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly limiter: RequestLimiter,
    private readonly identification: Identification,
  ) {
    super(options, storage, reflector);
  }

  override async canActivate(host: ExecutionContext): Promise<boolean> {
    if (host.getType() !== 'http' || (await this.shouldSkip(host))) return true;
    const request = host.switchToHttp().getRequest<RoutedRequest>();
    const outcome = takenFor(request) ?? (await this.takeFor(request, host));
    writeLimitHeaders(host.switchToHttp().getResponse<ServerResponse>(), outcome);
    if (outcome.refusal !== undefined) throw outcome.refusal.error;
    return true;
  }

  protected override getTracker(request: Record<string, unknown>): Promise<string> {
    return Promise.resolve(this.identification.identify(request as unknown as IncomingMessage).id);
  }

  private async takeFor(request: RoutedRequest, host: ExecutionContext): Promise<LimitOutcome> {
    const limits: NamedLimit[] = [];
    const own = await this.ownLimit(request, host);
    if (own !== undefined) limits.push(own);
    for (const throttler of this.throttlers) {
      const further = throttler.name === 'default' ? undefined : await this.furtherLimit(throttler, request, host);
      if (further !== undefined) limits.push(further);
    }
    return await this.limiter.takeAll(limits, request.callContext ?? callContext(TIMEOUT_MS));
  }

  private async ownLimit(request: RoutedRequest, host: ExecutionContext): Promise<NamedLimit | undefined> {
    const { name, weightOf } = this.read<RouteLimit>(routeLimitKey, host) ?? underDefault;
    if (this.read<boolean>(THROTTLER_SKIP + name, host) === true) return undefined;
    const client = this.identification.identify(request);
    const route = routeOf(request, host);
    const limit = this.limiter.limitOf({ limit: name, weight: weightOf?.(request.body) ?? 1, client, route });
    const permits = await this.resolve(this.read(THROTTLER_LIMIT + name, host), host);
    const windowMs = await this.resolve(this.read(THROTTLER_TTL + name, host), host);
    if (limit === undefined || (permits === undefined && windowMs === undefined)) return limit;
    // @Throttle on the route: another limit, so another count.
    return {
      ...limit,
      key: `${name}:${route}:${client.id}`,
      limit: permits ?? limit.limit,
      windowMs: windowMs ?? limit.windowMs,
    };
  }

  /** A throttler of the application, read as ThrottlerGuard reads it. */
  private async furtherLimit(
    throttler: ThrottlerOptions,
    request: RoutedRequest,
    host: ExecutionContext,
  ): Promise<NamedLimit | undefined> {
    const { name = '' } = throttler;
    const skipIf = throttler.skipIf ?? this.commonOptions.skipIf;
    if (this.read<boolean>(THROTTLER_SKIP + name, host) === true || skipIf?.(host) === true) return undefined;
    const limit = await this.resolve(this.read(THROTTLER_LIMIT + name, host) ?? throttler.limit, host);
    const windowMs = await this.resolve(this.read(THROTTLER_TTL + name, host) ?? throttler.ttl, host);
    if (limit === undefined || windowMs === undefined) return undefined;
    const track =
      this.read<NonNullable<ThrottlerOptions['getTracker']>>(THROTTLER_TRACKER + name, host) ??
      throttler.getTracker ??
      this.commonOptions.getTracker;
    const generate =
      this.read<NonNullable<ThrottlerOptions['generateKey']>>(THROTTLER_KEY_GENERATOR + name, host) ??
      throttler.generateKey ??
      this.commonOptions.generateKey;
    const tracker = (await track?.(request, host)) ?? '';
    const key = `nest:${generate?.(host, tracker, name) ?? tracker}`;
    return { name, key, limit, windowMs, weight: 1 };
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- metadata have no types of their own
  private read<T>(key: string | symbol, host: ExecutionContext): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(key, [host.getHandler(), host.getClass()]);
  }

  private async resolve(value: ThrottlerOptions['limit'] | undefined, host: ExecutionContext) {
    return typeof value === 'function' ? await value(host) : value;
  }
}

/** Method and template as they are declared: a HEAD counts as the GET that answers it. */
function routeOf({ route, url, method }: RoutedRequest, host: ExecutionContext): string {
  const declared = Reflect.getMetadata('method', host.getHandler()) as RequestMethod | undefined;
  const path = typeof route?.path === 'string' ? route.path : url;
  return `${declared === undefined ? method : RequestMethod[declared]} ${path}`;
}
