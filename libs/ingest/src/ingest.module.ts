import { Inject, Injectable, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';

import { Embedder } from '@acervo/embedding';
import { CollectionWriter, DocumentStore } from '@acervo/store';

import { CollectionsController } from './collections.controller';
import { DocumentIntake } from './document-intake';
import { DocumentParser } from './document-parser';
import { DocumentsController } from './documents.controller';
import { defaultIngestOptions, ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { Ingester } from './ingester';
import { JobRunner } from './job-runner.service';
import { JobWatcher } from './job-watcher';
import { JobsController } from './jobs.controller';
import { UploadSpool } from './upload-spool';
import { UploadedFilesInterceptor } from './uploaded-files.interceptor';

/** Ends the parser's child after the last job: hooks of the same stage run in no promised order. */
@Injectable()
class ParserShutdown implements OnModuleDestroy {
  constructor(
    @Inject(DocumentParser) private readonly parser: DocumentParser,
    private readonly runner: JobRunner,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.runner.stop();
    await this.parser.close();
  }
}

/**
 * The routes of documents, jobs and collections, and the runner of ingestion jobs. `Embedder`, `DocumentStore` and
 * `CollectionWriter` are injected by their class tokens: a global module of the composition provides them and closes
 * them in `onApplicationShutdown`, after this module has stopped.
 */
@Module({})
export class IngestModule {
  static forRoot(given: Partial<IngestModuleOptions> & Pick<IngestModuleOptions, 'spoolDirectory'>): DynamicModule {
    const options: IngestModuleOptions = { ...defaultIngestOptions, ...given };
    return {
      module: IngestModule,
      controllers: [DocumentsController, JobsController, CollectionsController],
      providers: [
        { provide: ingestOptionsToken, useValue: options },
        { provide: UploadSpool, useFactory: () => new UploadSpool(options.spoolDirectory) },
        {
          provide: DocumentParser,
          useFactory: () => new DocumentParser({ maxFileBytes: options.maxUploadBytes, ...options.parser }),
        },
        {
          provide: Ingester,
          inject: [DocumentStore, CollectionWriter, Embedder, DocumentParser],
          useFactory: (store: DocumentStore, writer: CollectionWriter, embedder: Embedder, parser: DocumentParser) =>
            new Ingester({ store, writer, embedder, parser, chunking: options.chunking }),
        },
        { provide: JobWatcher, inject: [DocumentStore], useFactory: (store: DocumentStore) => new JobWatcher(store) },
        UploadedFilesInterceptor,
        DocumentIntake,
        JobRunner,
        ParserShutdown,
      ],
      exports: [Ingester, JobRunner, JobWatcher, DocumentParser],
    };
  }
}
