export { ChromaVectorIndex } from './adapters/chroma/chroma-vector-index';
export type { ChromaVectorIndexOptions } from './adapters/chroma/chroma-vector-index';
export { createPostgresDocumentStore } from './adapters/postgres/postgres-document-store';
export { renewPostgresStore } from './adapters/postgres/store-renewal';
export type { PostgresDocumentStore, PostgresStoreOptions } from './adapters/postgres/postgres-document-store';
export { PgvectorIndex } from './adapters/pgvector/pgvector-index';
export type { PgvectorIndexOptions } from './adapters/pgvector/pgvector-index';
export { createSqliteDocumentStore } from './adapters/sqlite/sqlite-document-store';
export type { SqliteDocumentStore, SqliteStoreOptions } from './adapters/sqlite/sqlite-document-store';
export { copySqliteStore, renewSqliteStore } from './adapters/sqlite/store-copy';
export type { StoreCopy } from './adapters/sqlite/store-copy';
export { EmbeddedVectorIndex } from './adapters/usearch/embedded-vector-index';
export type { EmbeddedVectorIndexOptions } from './adapters/usearch/embedded-vector-index';
export type { CollectionStatus } from './adapters/usearch/vector-messages';
export { benchLexical } from './bench/lexical.bench';
export { benchVector, defaultVectorBenchOptions, formatVectorBench } from './bench/vector.bench';
export type { VectorBenchCase, VectorBenchOptions, VectorBenchResult } from './bench/vector.bench';
export { CollectionWriter } from './collection-writer';
export type { CollectionChange, CollectionWriterOptions } from './collection-writer';
export { CommitFollower } from './commit-follower';
export type { CommitFollowerOptions } from './commit-follower';
export { DocumentStore } from './document-store';
export type {
  CommitChanges,
  CommitResult,
  DocumentPage,
  DocumentPageRequest,
  Job,
  JobCount,
  JobProgress,
  JobState,
  JobTarget,
  LexicalResult,
  NewJob,
} from './document-store';
export { FollowingVectorIndex } from './following-vector-index';
export type * from './model';
export { GenerationBus } from './generation-bus';
export type { GenerationBusCounts, GenerationBusOptions } from './generation-bus';
export { PostgresGenerationBus } from './adapters/postgres/postgres-generation-bus';
export { RedisGenerationBus } from './adapters/redis/redis-generation-bus';
export { JobWorkers } from './job-workers';
export type { JobOutcome } from './job-workers';
export { RunningJobs } from './running-jobs';
export { VectorIndex } from './vector-index';
export type { VectorEntry, VectorQuery } from './vector-index';
export type { VectorIndexNotice, VectorSource } from './vector-source';
export { scoreOf } from './key-scores';
export type { KeyScores } from './key-scores';
