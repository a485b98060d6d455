import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Res,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';

import { ClientOf, reachCollection, RequireScope, type Client } from '@acervo/identity';
import { callContext, publicTenant, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { CallContextOf } from '@acervo/search';
import { CollectionWriter, DocumentStore } from '@acervo/store';

import { DocumentIntake, type AcceptedDocument } from './document-intake';
import { toDocumentView } from './document-view';
import {
  acceptedDocumentSchema,
  collectionQuerySchema,
  documentExamples,
  documentIdSchema,
  documentListQuerySchema,
  documentListSchema,
  documentReplacementSchema,
  documentWithTextSchema,
  newDocumentSchema,
  type NewDocumentBody,
} from './document.schema';
import type { IngestJobResult } from './ingest-job';
import { ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { JobRunner } from './job-runner.service';
import { JobWatcher } from './job-watcher';
import { documentedSchema } from './openapi';
import { preferredWaitSeconds } from './prefer';
import { jobFailure } from './job-failure';
import { UploadedFilesInterceptor } from './uploaded-files.interceptor';

interface Preferences {
  readonly prefer?: string;
  readonly 'idempotency-key'?: string;
}
type UploadedFile = Pick<Express.Multer.File, 'path' | 'originalname'>;
interface AcceptedAnswer {
  readonly job_id: string;
  readonly document_id: string;
  readonly jobs?: readonly { readonly job_id: string; readonly document_id: string; readonly file: string }[];
}

const idempotencyKey = /^[\x21-\x7e]{1,255}$/;

@ApiTags('documents')
@Controller('documents')
export class DocumentsController {
  constructor(
    private readonly store: DocumentStore,
    private readonly writer: CollectionWriter,
    private readonly intake: DocumentIntake,
    private readonly watcher: JobWatcher,
    private readonly runner: JobRunner,
    @Inject(ingestOptionsToken) private readonly options: IngestModuleOptions,
  ) {}

  @RequireScope('ingest')
  @Post()
  @HttpCode(202)
  @UseInterceptors(UploadedFilesInterceptor)
  @ApiOperation({ summary: 'Add a text or files', operationId: 'addDocument' })
  @ApiHeader({ name: 'Prefer', required: false, example: 'wait=30', description: 'Answer 201 once it is searchable' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same for every retry of a request' })
  @ApiConsumes('application/json', 'multipart/form-data')
  @ApiBody({ schema: documentedSchema(newDocumentSchema), examples: documentExamples })
  @ApiAcceptedResponse({ description: 'On disk, waiting for its job', standardSchema: acceptedDocumentSchema })
  @ApiCreatedResponse({ description: 'Searchable', standardSchema: acceptedDocumentSchema })
  async add(
    @Body({ schema: newDocumentSchema }) fields: NewDocumentBody,
    @UploadedFiles() files: readonly UploadedFile[] | undefined,
    @Headers() preferences: Preferences,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AcceptedAnswer> {
    const accepted = await this.accept(fields, files ?? [], preferences, client, this.contextOf(context));
    return await this.answer(accepted, files ?? [], preferences, context, response);
  }

  @RequireScope('ingest')
  @Put(':id')
  @HttpCode(202)
  @ApiOperation({ summary: 'Put a text in the place of a document', operationId: 'replaceDocument' })
  @ApiHeader({ name: 'Prefer', required: false, example: 'wait=30', description: 'Answer 201 once it is searchable' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same for every retry of a request' })
  @ApiBody({ schema: documentedSchema(documentReplacementSchema), examples: documentExamples })
  @ApiAcceptedResponse({ description: 'On disk, waiting for its job', standardSchema: acceptedDocumentSchema })
  @ApiCreatedResponse({ description: 'Searchable', standardSchema: acceptedDocumentSchema })
  async replace(
    @Param('id', { schema: documentIdSchema }) id: string,
    @Body({ schema: documentReplacementSchema }) fields: Omit<NewDocumentBody, 'id'>,
    @Headers() preferences: Preferences,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AcceptedAnswer> {
    const accepted = await this.accept({ ...fields, id }, [], preferences, client, this.contextOf(context));
    return await this.answer(accepted, [], preferences, context, response);
  }

  @RequireScope('search')
  @Get()
  @ApiOperation({ summary: 'Documents of a collection, page by page', operationId: 'listDocuments' })
  @ApiOkResponse({ description: 'In the order of their ids', standardSchema: documentListSchema })
  async list(
    @Query({ schema: documentListQuerySchema })
    query: { collection?: string; cursor?: string; limit: number; source?: string },
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<{ documents: object[]; cursor: string | null }> {
    const { cursor, limit, source } = query;
    const collection = this.reach(client, query.collection);
    const call = this.contextOf(context);
    if (query.collection === undefined && (await this.store.findCollection(collection, call)) === undefined) {
      return { documents: [], cursor: null };
    }
    const page = await this.store.listDocuments(collection, { cursor, limit, sourcePrefix: source }, call);
    return { documents: page.documents.map(toDocumentView), cursor: page.cursor ?? null };
  }

  @RequireScope('search')
  @Get(':id')
  @ApiOperation({ summary: 'One document with its text', operationId: 'getDocument' })
  @ApiOkResponse({ description: 'The document', standardSchema: documentWithTextSchema })
  async find(
    @Param('id', { schema: documentIdSchema }) id: string,
    @Query({ schema: collectionQuerySchema }) query: { collection?: string },
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<object> {
    const collection = this.reach(client, query.collection);
    const call = this.contextOf(context);
    const [document, text] = await Promise.all([
      this.store.findDocument(collection, id, call),
      this.store.findText(collection, id, call),
    ]);
    if (document === undefined || text === undefined) throw notFound(collection, id);
    return { ...toDocumentView(document), text };
  }

  @RequireScope('ingest')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a document from every search, chat and cache', operationId: 'deleteDocument' })
  @ApiNoContentResponse({ description: 'No answer shows it any more' })
  async remove(
    @Param('id', { schema: documentIdSchema }) id: string,
    @Query({ schema: collectionQuerySchema }) query: { collection?: string },
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<void> {
    const collection = this.reach(client, query.collection);
    const call = this.contextOf(context);
    const cancelled = await this.runner.cancelAllOf({ collection, document: id }, call);
    if (cancelled > 0 && (await this.store.findCollection(collection, call)) === undefined) return;
    if ((await this.store.findDocument(collection, id, call)) === undefined) {
      if (cancelled > 0) return;
      throw notFound(collection, id);
    }
    await this.writer.apply(collection, { remove: [id] }, call);
  }

  private async accept(
    fields: NewDocumentBody,
    files: readonly UploadedFile[],
    preferences: Preferences,
    client: Client,
    context: CallContext,
  ): Promise<[AcceptedDocument, ...AcceptedDocument[]]> {
    const collection = this.reach(client, fields.collection);
    const key = preferences['idempotency-key'];
    if (key !== undefined && !idempotencyKey.test(key)) {
      throw fail('REQUEST_INVALID', 'Idempotency-Key holds 1 to 255 printable ASCII characters without spaces.');
    }
    const request = (index: number) => ({
      collection,
      fields,
      idempotencyKey: key === undefined ? undefined : `document:${index}${ownerOf(client)}:${key}`,
    });
    if (fields.text !== undefined && files.length > 0) {
      throw fail('REQUEST_INVALID', 'Send either `text` or files, not both.');
    }
    if (files.length > 1 && (fields.id !== undefined || fields.title !== undefined || fields.source !== undefined)) {
      throw fail('REQUEST_INVALID', '`id`, `title` and `source` belong to one document: send such files one by one.');
    }
    const [first, ...others] = files;
    if (first === undefined) {
      if (fields.text === undefined)
        throw fail('REQUEST_INVALID', 'Send the content as `text`, or as one or more `file`s.');
      return [await this.intake.acceptText(fields.text, request(0), context)];
    }
    const accepted: [AcceptedDocument, ...AcceptedDocument[]] = [
      await this.intake.acceptFile(toIncoming(first), request(0), context),
    ];
    for (const [index, file] of others.entries()) {
      accepted.push(await this.intake.acceptFile(toIncoming(file), request(index + 1), context));
    }
    return accepted;
  }

  private async answer(
    accepted: readonly [AcceptedDocument, ...AcceptedDocument[]],
    files: readonly UploadedFile[],
    { prefer }: Preferences,
    context: CallContext | undefined,
    response: Response,
  ): Promise<AcceptedAnswer> {
    const [{ jobId, documentId }] = accepted;
    response.setHeader('Location', `/jobs/${jobId}`);
    const jobs = accepted.map((one, index) => ({
      job_id: one.jobId,
      document_id: one.documentId,
      file: files[index]?.originalname ?? '',
    }));
    const answer = { job_id: jobId, document_id: documentId, ...(jobs.length > 1 ? { jobs } : {}) };
    const waitSeconds = preferredWaitSeconds(prefer);
    if (waitSeconds === undefined) return answer;

    response.setHeader('Preference-Applied', `wait=${waitSeconds}`);
    const timeout = AbortSignal.timeout(waitSeconds * 1_000);
    const signal = context === undefined ? timeout : AbortSignal.any([timeout, context.signal]);
    const ended = await Promise.all(accepted.map((one) => this.watcher.waitForEnd(one.jobId, signal)));
    const failed = ended.find(({ state }) => state === 'failed' || state === 'cancelled');
    if (failed !== undefined && ended.length === 1) throw jobFailure(failed);
    if (!ended.every(({ state }) => state === 'succeeded')) return answer;
    response.status(201);
    const result = ended[0]?.result as IngestJobResult;
    response.setHeader('Location', `/documents/${result.document_id}`);
    return { ...answer, document_id: result.document_id };
  }

  private reach(client: Client, name: string | undefined): string {
    return reachCollection(client, name, this.options.defaultCollection);
  }

  private contextOf(context: CallContext | undefined): CallContext {
    return context ?? callContext(this.options.requestTimeoutMs);
  }
}

/** In the idempotency key: equal ones of two tenants are two. The public tenant has had none. */
function ownerOf({ tenant }: Client): string {
  return tenant === publicTenant ? '' : `@${tenant}`;
}

function notFound(collection: string, id: string): Error {
  return fail('DOCUMENT_NOT_FOUND', `The collection "${collection}" holds no document "${id}".`, { collection, id });
}

/** The name is a label, never a path: folders and control characters are dropped. */
function toIncoming({ path, originalname }: UploadedFile): { path: string; name: string } {
  const last = originalname.split(/[/\\]/).at(-1) ?? '';
  const name = last
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(-255);
  return { path, name: name === '' || name === '.' || name === '..' ? 'document' : name };
}
