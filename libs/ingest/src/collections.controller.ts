import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';

import { canReach, ClientOf, reachCollection, RequireScope, type Client } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { CallContextOf } from '@acervo/search';
import { CollectionWriter, DocumentStore } from '@acervo/store';

import { toCollectionView } from './document-view';
import { collectionNameSchema } from './document.schema';
import { Ingester } from './ingester';
import { ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { JobRunner } from './job-runner.service';
import { documentedSchema } from './openapi';

const newCollectionSchema = z.strictObject({ name: collectionNameSchema });
const collectionSchema = z.object({
  name: z.string(),
  documents: z.int(),
  chunks: z.int(),
  languages: z
    .record(z.string(), z.int())
    .meta({ description: 'Chunks per language', example: { pt: 10, en: 12, other: 0 } }),
  generation: z.int().meta({ description: 'Grows with each change' }),
  embedding_model: z.string(),
  dimensions: z.int(),
  chunking: z.object({ size: z.int(), overlap: z.int(), version: z.int() }).meta({ description: 'In characters' }),
  created_at: z.string(),
});

@ApiTags('collections')
@Controller('collections')
export class CollectionsController {
  constructor(
    private readonly store: DocumentStore,
    private readonly writer: CollectionWriter,
    private readonly ingester: Ingester,
    private readonly runner: JobRunner,
    @Inject(ingestOptionsToken) private readonly options: IngestModuleOptions,
  ) {}

  @RequireScope('search')
  @Get()
  @ApiOperation({ summary: 'The collections of the tenant that the key may use', operationId: 'listCollections' })
  @ApiOkResponse({
    description: 'Counts, model and chunking',
    standardSchema: z.object({ collections: z.array(collectionSchema) }),
  })
  async list(
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<{ collections: object[] }> {
    const collections = await this.store.listCollections(this.contextOf(context));
    return { collections: collections.filter(({ name }) => canReach(client, name)).map(toCollectionView) };
  }

  @RequireScope('ingest')
  @Post()
  @ApiOperation({ summary: 'Make an empty collection', operationId: 'createCollection' })
  @ApiBody({ schema: documentedSchema(newCollectionSchema), examples: { handbook: { value: { name: 'handbook' } } } })
  @ApiCreatedResponse({
    description: 'With the model and the chunking of this server',
    standardSchema: collectionSchema,
  })
  async create(
    @Body({ schema: newCollectionSchema }) { name }: { name: string },
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const call = this.contextOf(context);
    const inStore = reachCollection(client, name, name);
    if ((await this.store.findCollection(inStore, call)) !== undefined) {
      throw fail('COLLECTION_EXISTS', `There is a collection "${name}" already.`, { collection: name });
    }
    response.setHeader('Location', `/collections/${name}`);
    return toCollectionView(await this.ingester.ensureCollection(inStore, call));
  }

  @RequireScope('search')
  @Get(':name')
  @ApiOperation({ summary: 'One collection', operationId: 'getCollection' })
  @ApiOkResponse({ description: 'Counts, model and chunking', standardSchema: collectionSchema })
  async find(
    @Param('name', { schema: collectionNameSchema }) name: string,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<object> {
    const collection = await this.store.findCollection(reachCollection(client, name, name), this.contextOf(context));
    if (collection === undefined) throw notFound(name);
    return toCollectionView(collection);
  }

  @RequireScope('admin')
  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a collection with all its documents', operationId: 'deleteCollection' })
  @ApiNoContentResponse({ description: 'Gone; there is no undo' })
  async remove(
    @Param('name', { schema: collectionNameSchema }) name: string,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<void> {
    const call = this.contextOf(context);
    const inStore = reachCollection(client, name, name);
    const cancelled = await this.runner.cancelAllOf({ collection: inStore }, call);
    if (!(await this.writer.deleteCollection(inStore, call)) && cancelled === 0) throw notFound(name);
  }

  private contextOf(context: CallContext | undefined): CallContext {
    return context ?? callContext(this.options.requestTimeoutMs);
  }
}

function notFound(name: string): Error {
  return fail('COLLECTION_NOT_FOUND', `There is no collection "${name}".`, { collection: name });
}
