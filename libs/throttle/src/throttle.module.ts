import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerOptions } from '@nestjs/throttler';

import { NestThrottlerStorage } from './nest-throttler-storage';
import { RateLimitGuard } from './rate-limit.guard';
import { RequestLimiter } from './request-limiter';

export interface ThrottleOptions {
  /** Closed with the application. */
  readonly limiter: RequestLimiter;
  /** Of the application, on top of the limits of Acervo; each has a name that is none of theirs. */
  readonly throttlers?: readonly ThrottlerOptions[];
}

const MINUTE_MS = 60_000;

/**
 * @nestjs/throttler over the limiter of Acervo, with the guard in front of every route. `Identification` is injected: a
 * global module provides it, and its guard, if it has one, is to be imported before this one.
 */
@Module({})
export class ThrottleModule implements OnApplicationShutdown {
  constructor(private readonly limiter: RequestLimiter) {}

  static forRoot({ limiter, throttlers = [] }: ThrottleOptions): DynamicModule {
    const { default: limit } = limiter.perMinute;
    return {
      module: ThrottleModule,
      global: true,
      imports: [
        ThrottlerModule.forRoot({
          throttlers: [{ name: 'default', limit, ttl: MINUTE_MS, skipIf: () => limit === 0 }, ...throttlers],
          storage: new NestThrottlerStorage(limiter.storage),
        }),
      ],
      providers: [
        { provide: RequestLimiter, useValue: limiter },
        { provide: APP_GUARD, useClass: RateLimitGuard },
      ],
      exports: [RequestLimiter],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.limiter.close();
  }
}
