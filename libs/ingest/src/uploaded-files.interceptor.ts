/** Streams the files of a form into the spool; whatever is left of them when the request fails is removed. */
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import multer, { diskStorage, MulterError } from 'multer';
import { catchError, from, switchMap, type Observable } from 'rxjs';

import { fail } from '@acervo/problem';

import { ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { UploadSpool } from './upload-spool';

const maxFieldBytes = 2 * 1024 * 1024;
const maxFields = 32;

@Injectable()
export class UploadedFilesInterceptor implements NestInterceptor {
  private readonly receive: RequestHandler;

  constructor(
    private readonly spool: UploadSpool,
    @Inject(ingestOptionsToken) { maxUploadBytes, maxFilesPerRequest }: IngestModuleOptions,
  ) {
    const storage = diskStorage({
      destination: (_request, _file, done) => {
        done(null, spool.directory);
      },
      filename: (_request, _file, done) => {
        done(null, spool.newIncomingName());
      },
    });
    const limits = { fileSize: maxUploadBytes, files: maxFilesPerRequest, fields: maxFields, fieldSize: maxFieldBytes };
    this.receive = multer({ storage, limits, defParamCharset: 'utf8' }).array('file', maxFilesPerRequest);
  }

  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    return from(this.read(request, http.getResponse<Response>())).pipe(
      switchMap(() => next.handle()),
      catchError(async (error: unknown) => {
        const files = Array.isArray(request.files) ? request.files : [];
        await Promise.all(files.map(({ path }) => this.spool.discard(path)));
        throw error;
      }),
    );
  }

  private async read(request: Request, response: Response): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      void this.receive(request, response, (error?: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(asProblem(error));
      });
    });
  }
}

/** Limits and disk errors have a code of their own; the rest is what the form parser says about a broken form. */
function asProblem(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof MulterError || 'code' in error) return error;
  return fail('REQUEST_INVALID', `The form cannot be read: ${error.message}. Send multipart/form-data.`, {}, error);
}
