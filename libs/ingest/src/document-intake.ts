/**
 * From an accepted request to a durable job: content in the spool and on disk, then the job in the store, then the
 * acknowledgement. Whatever happens in between leaves nothing behind but a file that the next start sweeps.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';

import { Injectable } from '@nestjs/common';

import { callContext, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { DocumentStore } from '@acervo/store';

import { formatOfName } from './format-of-name';
import type { NewDocumentBody } from './document.schema';
import { ingestJobKind, type IngestJobInput } from './ingest-job';
import { documentId } from './ingest-item';
import { JobRunner } from './job-runner.service';
import type { DocType } from './parsed-document';
import type { GivenFields } from './prepare-document';
import { looksLikeMarkdown } from './structure';
import { UploadSpool } from './upload-spool';

export interface IncomingFile {
  readonly path: string;
  readonly name: string;
}

export interface AcceptedDocument {
  readonly jobId: string;
  readonly documentId: string;
  readonly isNew: boolean;
}

export interface IntakeRequest {
  readonly collection: string;
  readonly fields: NewDocumentBody;
  readonly idempotencyKey: string | undefined;
}

const storeCallMs = 10_000;

@Injectable()
export class DocumentIntake {
  constructor(
    private readonly store: DocumentStore,
    private readonly spool: UploadSpool,
    private readonly runner: JobRunner,
  ) {}

  /** Errors: IDEMPOTENCY_CONFLICT, SERVER_OVERLOADED, those of the disk and of the store. */
  async acceptText(text: string, request: IntakeRequest, context: CallContext): Promise<AcceptedDocument> {
    const path = await this.spool.writeIncoming(text);
    return await this.accept({ path, name: '' }, textFormat(text, request.fields), request, context);
  }

  /** Takes the file over: it is gone from its place afterwards, also after an error. */
  async acceptFile(file: IncomingFile, request: IntakeRequest, context: CallContext): Promise<AcceptedDocument> {
    return await this.accept(file, undefined, request, context);
  }

  private async accept(
    { path, name }: IncomingFile,
    format: DocType | undefined,
    { collection, fields, idempotencyKey }: IntakeRequest,
    context: CallContext,
  ): Promise<AcceptedDocument> {
    const jobId = randomUUID();
    try {
      const contentHash = await hashFile(path);
      const { id, source } = fields;
      const itemId = id ?? documentId(collection, contentHash, fields.title ?? name);
      const input: IngestJobInput = {
        collection,
        item: {
          id: itemId,
          hasOwnId: id !== undefined,
          source: source ?? (name === '' ? `text/${itemId}` : name),
          name,
          ...(format === undefined ? {} : { format }),
          given: givenFields(fields),
        },
        fingerprint: createHash('sha256')
          .update(JSON.stringify([collection, { ...fields, text: null }, name, contentHash]))
          .digest('hex'),
      };
      await this.spool.accept(path, jobId);
      const { job, isNew } = await this.store.createJob(
        { id: jobId, kind: ingestJobKind, input, idempotencyKey, target: { collection, document: itemId } },
        context,
      );
      if (!isNew) await this.spool.remove(jobId);
      const first = job.input as IngestJobInput;
      if (first.fingerprint !== input.fingerprint) throw fail('IDEMPOTENCY_CONFLICT');
      this.runner.wake();
      return { jobId: job.id, documentId: first.item.id, isNew };
    } catch (error) {
      await this.spool.discard(path);
      if (!(await this.isQueued(jobId))) await this.spool.remove(jobId);
      throw error;
    }
  }

  /** After a failure of `createJob` the job may exist all the same. Unknown counts as yes: the next start sweeps. */
  private async isQueued(jobId: string): Promise<boolean> {
    try {
      return (await this.store.findJob(jobId, callContext(storeCallMs))) !== undefined;
    } catch {
      return true;
    }
  }
}

function givenFields(fields: NewDocumentBody): GivenFields {
  const { title, doc_type: docType, date, language, metadata } = fields;
  const primary = language?.toLowerCase().split(/[-_]/)[0];
  const known = primary === 'pt' || primary === 'en' ? primary : 'other';
  return { title, docType, date, language: primary === undefined ? undefined : known, metadata };
}

/** How a text without a file is read: as the sender says, else as it looks. */
function textFormat(text: string, { doc_type: docType, source, id }: NewDocumentBody): DocType {
  const readable: readonly (string | undefined)[] = ['markdown', 'html', 'csv', 'json', 'text'];
  const named = [docType, formatOfName(source ?? ''), formatOfName(id ?? '')].find((name) => readable.includes(name));
  if (named !== undefined) return named as DocType;
  if (/^\s*(?:<!doctype html|<html[\s>])/i.test(text)) return 'html';
  return looksLikeMarkdown(text) ? 'markdown' : 'text';
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}
