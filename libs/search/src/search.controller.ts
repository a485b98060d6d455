import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';

import { CachedResponse } from '@acervo/cache';
import { ClientOf, RequireScope, type Client } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { RateLimited } from '@acervo/throttle';

import { searchBatch, type BatchItem, type FindKept } from './batch-search';
import {
  batchSearchAnswerSchema,
  batchSearchBodySchema,
  batchWeight,
  type BatchSearchBody,
} from './batch-search.schema';
import { CallContextOf } from './call-context-of';
import { KeptAnswers, type CacheHeaders } from './kept-answers';
import { parseSearchQuery } from './parse-search-query';
import { reachRequest } from './reach-request';
import { searchAnswerSchema, type SearchAnswer } from './search-answer.schema';
import { prefersAsync } from './prefers-async';
import { SearchCachePolicy } from './search-cache-policy';
import { SearchJobs } from './search-jobs';
import { searchOptionsToken, type SearchOptions } from './search-options';
import { batchExamples, searchExamples } from './search.examples';
import { searchQuerySchema, searchRequestSchema, type SearchQuery, type SearchRequest } from './search.schema';
import { SearchService } from './search.service';

interface AcceptedJob {
  readonly job_id: string;
}

@ApiTags('search')
@RequireScope('search')
@RateLimited('search')
@Controller()
export class SearchController {
  constructor(
    private readonly service: SearchService,
    private readonly jobs: SearchJobs,
    private readonly kept: KeptAnswers,
    @Inject(searchOptionsToken) private readonly options: SearchOptions,
  ) {}

  @Post('search')
  @CachedResponse(SearchCachePolicy)
  @HttpCode(200)
  @ApiOperation({ summary: 'Search by meaning and words', operationId: 'search' })
  @ApiBody({ schema: {}, examples: searchExamples })
  @ApiOkResponse({ description: 'Results, best first', standardSchema: searchAnswerSchema })
  async search(
    @Body({ schema: searchRequestSchema }) request: SearchRequest,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SearchAnswer> {
    const { answer, timings } = await this.service.search(this.reach(client, request), this.contextOf(context));
    // A refresh in the background goes on after the answer was sent.
    if (!response.headersSent) response.setHeader('Server-Timing', timings.toHeader());
    return answer;
  }

  @Get('search')
  @CachedResponse(SearchCachePolicy)
  @ApiOperation({ summary: 'The same by query string', operationId: 'searchByQuery' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of an earlier answer' })
  @ApiResponse({ status: 304, description: 'That answer is still the one' })
  @ApiOkResponse({ description: 'Results, best first', standardSchema: searchAnswerSchema })
  async searchByQuery(
    @Query({ schema: searchQuerySchema }) query: SearchQuery,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SearchAnswer> {
    return await this.search(parseSearchQuery(query), client, context, response);
  }

  @Post('search-async')
  @CachedResponse(SearchCachePolicy)
  @HttpCode(200)
  @ApiOperation({ summary: 'Search off the request path', operationId: 'searchAsync' })
  @ApiHeader({ name: 'Prefer', required: false, example: 'respond-async', description: 'Answer 202 with a job' })
  @ApiBody({ schema: {}, examples: searchExamples })
  @ApiOkResponse({ description: 'Results, best first', standardSchema: searchAnswerSchema })
  @ApiAcceptedResponse({
    description: 'The answer will be the `result` of the job at `Location`',
    standardSchema: z.object({ job_id: z.string() }),
  })
  async searchAsync(
    @Body({ schema: searchRequestSchema }) request: SearchRequest,
    @Headers('prefer') prefer: string | undefined,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SearchAnswer | AcceptedJob> {
    if (!prefersAsync(prefer)) return await this.search(request, client, context, response);
    const { id } = await this.jobs.enqueue(this.reach(client, request));
    response.status(202).setHeader('Location', `/jobs/${id}`).setHeader('Preference-Applied', 'respond-async');
    return { job_id: id };
  }

  @Post('batch-search')
  @RateLimited('search', batchWeight)
  @HttpCode(200)
  @ApiOperation({ summary: 'Up to 100 searches as one computation', operationId: 'batchSearch' })
  @ApiBody({ schema: {}, examples: batchExamples })
  @ApiOkResponse({ description: 'An answer or a problem each, in order', standardSchema: batchSearchAnswerSchema })
  async batchSearch(
    @Body({ schema: batchSearchBodySchema }) body: BatchSearchBody,
    @Headers() headers: CacheHeaders,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<{ readonly results: readonly BatchItem[] }> {
    const items = Array.isArray(body) ? body : body.requests;
    const call = this.contextOf(context);
    const find: FindKept = async (requests) => this.kept.find(requests, headers, call);
    const reach = (request: SearchRequest): SearchRequest => this.reach(client, request);
    return { results: await searchBatch(this.service, items, this.options.concurrency, call, find, reach) };
  }

  private reach(client: Client, request: SearchRequest): SearchRequest {
    return reachRequest(client, request, this.options.defaultCollection);
  }

  private contextOf(context: CallContext | undefined): CallContext {
    return context ?? callContext(this.options.timeoutMs);
  }
}
