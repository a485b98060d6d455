import { Module, type DynamicModule } from '@nestjs/common';

import type { EdgePurge } from '../edge-purge';

import { CacheController } from './cache.controller';
import {
  clearElsewhereToken,
  edgePurgeToken,
  namedCachesToken,
  type ClearElsewhere,
  type NamedCaches,
} from './named-caches';
import { ResponseCache, type ResponseCacheOptions } from './response-cache';

export interface ResponseCacheModuleOptions extends ResponseCacheOptions {
  /** Shown and cleared by the routes under /cache. */
  readonly otherCaches: NamedCaches;
  /** Clears what other processes of this server hold of a collection, or of all: awaited before it is acknowledged. */
  readonly clearElsewhere?: ClearElsewhere | undefined;
  /** Its counts are shown too. */
  readonly edgePurge?: EdgePurge | undefined;
}

/** What `CachedResponse` needs, for every module, and the routes that show and clear caches. */
@Module({})
export class ResponseCacheModule {
  static forRoot({ otherCaches, clearElsewhere, edgePurge, ...options }: ResponseCacheModuleOptions): DynamicModule {
    return {
      module: ResponseCacheModule,
      global: true,
      controllers: [CacheController],
      providers: [
        { provide: ResponseCache, useFactory: () => new ResponseCache(options) },
        { provide: namedCachesToken, useValue: otherCaches },
        { provide: clearElsewhereToken, useValue: clearElsewhere ?? (() => Promise.resolve()) },
        { provide: edgePurgeToken, useFactory: () => edgePurge },
      ],
      exports: [ResponseCache],
    };
  }
}
