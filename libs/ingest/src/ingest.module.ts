import { Module, type DynamicModule } from '@nestjs/common';

import { DocumentStore } from '@acervo/store';

import { CollectionsController } from './collections.controller';
import { DocumentIntake } from './document-intake';
import { DocumentsController } from './documents.controller';
import { defaultIngestOptions, ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { JobRunner } from './job-runner.service';
import { JobWatcher } from './job-watcher';
import { JobsController } from './jobs.controller';
import { UploadSpool } from './upload-spool';
import { UploadedFilesInterceptor } from './uploaded-files.interceptor';

/**
 * The routes of documents, jobs and collections, and the runner of ingestion jobs. `DocumentStore`,
 * `CollectionWriter`, `RunningJobs` and `Ingester` are injected by their class tokens: a global module of the
 * composition provides them, and closes them and the ingester's parser after this module has stopped.
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
        { provide: JobWatcher, inject: [DocumentStore], useFactory: (store: DocumentStore) => new JobWatcher(store) },
        UploadedFilesInterceptor,
        DocumentIntake,
        JobRunner,
      ],
    };
  }
}
