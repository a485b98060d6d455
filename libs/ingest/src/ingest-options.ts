export interface IngestModuleOptions {
  readonly defaultCollection: string;
  /** Folder for accepted uploads until their job ends. */
  readonly spoolDirectory: string;
  /** Younger uploads are left alone at start: 0 where no other server shares the folder. */
  readonly spoolGraceMs: number;
  /** Of one uploaded file. */
  readonly maxUploadBytes: number;
  readonly maxFilesPerRequest: number;
  /** Jobs that run at the same time. */
  readonly concurrency: number;
  /** Deadline of one job. */
  readonly jobTimeoutMs: number;
  /** Deadline of a request that comes without a call context. */
  readonly requestTimeoutMs: number;
  /** Between two comment lines of a stream of events: proxies cut a connection on which nothing comes. */
  readonly heartbeatMs: number;
  /** Aborted when the server stops and waits no longer for streams: they end with its reason, an error. */
  readonly leaving: AbortSignal;
  /** False in processes that only accept: another one of this machine owns writing. */
  readonly runsJobs: boolean;
}

/** Injection token of `IngestModuleOptions`. */
export const ingestOptionsToken = Symbol('IngestModuleOptions');

export const defaultIngestOptions: Omit<IngestModuleOptions, 'spoolDirectory'> = {
  defaultCollection: 'documents_dev',
  spoolGraceMs: 0,
  maxUploadBytes: 64 * 1024 * 1024,
  maxFilesPerRequest: 20,
  concurrency: 2,
  jobTimeoutMs: 3_600_000,
  requestTimeoutMs: 30_000,
  heartbeatMs: 15_000,
  leaving: new AbortController().signal,
  runsJobs: true,
};
