import { Controller, Delete, Get, HttpCode, Inject, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { assertOperator, ClientOf, reachCollection, RequireScope, type Client } from '@acervo/identity';
import { fail } from '@acervo/problem';

import type { EdgePurge } from '../edge-purge';

import { cacheOverviewSchema, clearCacheQuerySchema, toCacheView, type CacheOverview } from './cache.schema';
import {
  clearElsewhereToken,
  edgePurgeToken,
  namedCachesToken,
  type ClearElsewhere,
  type NamedCaches,
} from './named-caches';
import { ResponseCache } from './response-cache';

@ApiTags('operations')
@RequireScope('admin')
@Controller('cache')
export class CacheController {
  constructor(
    @Inject(namedCachesToken) private readonly others: NamedCaches,
    @Inject(edgePurgeToken) private readonly purge: EdgePurge | undefined,
    @Inject(clearElsewhereToken) private readonly clearElsewhere: ClearElsewhere,
    private readonly responses: ResponseCache,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the caches hold and how they do', operationId: 'getCache' })
  @ApiOkResponse({ description: 'By kind of value and tier', standardSchema: cacheOverviewSchema })
  async overview(@ClientOf() client: Client): Promise<CacheOverview> {
    assertOperator(client);
    const answers = await this.responses.stats();
    const others = await Promise.all(
      Object.entries(this.others).map(async ([name, cache]) => [name, toCacheView(await cache.stats())] as const),
    );
    return {
      caches: { ...(answers && { answers: toCacheView(answers) }), ...Object.fromEntries(others) },
      ...(this.purge && { edge_purge: this.purge.stats() }),
    };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Clear all caches, or the answers of one collection', operationId: 'clearCache' })
  @ApiNoContentResponse({ description: 'Nothing of before is answered from a cache any more' })
  async clear(
    @Query({ schema: clearCacheQuerySchema }) { collection: name }: { collection?: string },
    @ClientOf() client: Client,
  ): Promise<void> {
    if (name === undefined) assertOperator(client);
    const collection = name === undefined ? undefined : reachCollection(client, name, name);
    try {
      const others = collection === undefined ? Object.values(this.others) : [];
      await Promise.all([this.responses.clear(collection), ...others.map(async (cache) => cache.clear())]);
      await this.clearElsewhere(collection);
    } catch (error) {
      throw fail('CACHE_NOT_CLEARED', undefined, {}, error);
    }
  }
}
