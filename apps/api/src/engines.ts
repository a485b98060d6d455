/**
 * The one place that chooses adapters. The server and the command line open the same engines from the same
 * configuration.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { EdgePurge, GuardedTier, TieredCache } from '@acervo/cache';
import type { ConversationStore, LanguageModel } from '@acervo/chat';
import type { AcervoConfig } from '@acervo/config';
import {
  createCachedEmbedder,
  createLocalEmbedder,
  createOpenAiEmbedder,
  type CachedEmbedder,
  type Embedder,
} from '@acervo/embedding';
import { DocumentParser, Ingester } from '@acervo/ingest';
import type { CallContext } from '@acervo/kernel';
import {
  ChromaVectorIndex,
  CollectionWriter,
  CommitFollower,
  createPostgresDocumentStore,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  FollowingVectorIndex,
  PgvectorIndex,
  type DocumentStore,
  type VectorIndex,
  type VectorIndexNotice,
} from '@acervo/store';
import { Admission } from '@acervo/throttle';
import type { Logger } from 'pino';

import { openAnswerCache, removeChangedAnswers } from './answer-cache';
import { createLanguageModel, forgetRemovedQuotes, openConversations } from './chat';
import { openCacheTiers } from './cache-tiers';
import { databaseOptions } from './database-options';
import { openEdgePurge } from './edge-purge';
import { openGenerationBuses } from './generation-buses';
import type { Group } from './workers/group';
import { alone, type Place } from './workers/place';
import { shareChanges } from './workers/share-changes';

export interface Engines {
  readonly embedder: Embedder;
  /** `embedder`, unless its cache is switched off. */
  readonly embeddingCache: CachedEmbedder | undefined;
  /** Redis and disk, as far as they are configured: for caches, which must be closed before the engines are. */
  readonly cacheTiers: readonly GuardedTier[];
  /** Undefined when it is switched off. */
  readonly answerCache: TieredCache | undefined;
  /** Undefined without CACHE_PURGE_URL. */
  readonly edgePurge: EdgePurge | undefined;
  readonly store: DocumentStore;
  readonly vectorIndex: VectorIndex;
  readonly writer: CollectionWriter;
  readonly ingester: Ingester;
  readonly languageModel: LanguageModel;
  readonly conversations: ConversationStore;
  /** Of this process: who computes, who waits. */
  readonly admission: Admission;
  /** Makes the vector index of every existing collection ready. */
  openCollections(context: CallContext): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param place among the processes of the same data folder: those that do not write follow the one that does
 * @param group of these processes
 */
export async function openEngines(
  config: AcervoConfig,
  logger: Logger,
  place: Place = alone,
  group?: Group,
): Promise<Engines> {
  await mkdir(config.DATA_DIR, { recursive: true });
  const store = await openStore(config, logger, place);
  const cache = await openCacheTiers(config, logger);
  const model = createEmbedder(config, place.workers);
  const embeddingCache = cacheEmbeddings(model, cache.tiers, config);
  const embedder = embeddingCache ?? model;
  const answerCache = openAnswerCache(config, cache.tiers);
  const vectorIndex = createVectorIndex(config, store, logger, place);
  const answerRemoval = answerCache && removeChangedAnswers(answerCache, store, logger);
  const follower = isSoleWriter(config, place) ? undefined : followCommits(store, vectorIndex, logger);
  const buses = follower && isStoreShared(config) ? openGenerationBuses(config, store, follower, logger) : [];
  const edgePurge = place.isWriter ? openEdgePurge(config, store, logger) : undefined;
  const conversations = await openConversations(config);
  const writer = new CollectionWriter(store, vectorIndex, {
    afterRemoval: async (collection) => {
      await Promise.all([
        answerRemoval?.now(collection),
        group?.spread({ what: 'removed', collection }),
        forgetRemovedQuotes(conversations, store, collection).catch((error: unknown) => {
          logger.error({ collection, err: error }, 'conversations may still quote a removed document');
        }),
      ]);
    },
    onOrphans: (collection, keys, cause) => {
      logger.warn({ collection, keys: keys.length, err: cause }, 'vectors wait to be swept at the next start');
    },
  });
  if (group !== undefined) {
    const followsGroup = place.isWriter ? undefined : follower;
    shareChanges(group, { store, answerCache, answerRemoval, embeddingCache, follower: followsGroup });
  }
  const parser = new DocumentParser({ maxFileBytes: config.MAX_UPLOAD_MEGABYTES * 2 ** 20 });
  const chunking = { size: config.CHUNK_SIZE, overlap: config.CHUNK_OVERLAP };
  const admission = new Admission({ permits: Math.ceil(config.MAX_CONCURRENT_REQUESTS / place.workers) });
  const languageModel = createLanguageModel(config, embedder, admission);
  return {
    embedder,
    languageModel,
    conversations,
    embeddingCache,
    cacheTiers: cache.tiers,
    answerCache,
    edgePurge,
    store,
    vectorIndex,
    writer,
    ingester: new Ingester({ store, writer, embedder, parser, chunking, admission }),
    admission,
    openCollections: async (context) => {
      for (const collection of await store.listCollections(context)) await vectorIndex.open(collection, context);
    },
    close: async () => {
      admission.close();
      await Promise.all(buses.map(async (bus) => bus.close()));
      await follower?.close();
      await languageModel.close();
      await conversations.close();
      await parser.close();
      await vectorIndex.close();
      await edgePurge?.close();
      await Promise.all([store.close(), embedder.close()]);
      await answerRemoval?.close();
      await answerCache?.close();
      await cache.close();
    },
  };
}

/** A quarter of the memory of caches is for embeddings of questions. */
function cacheEmbeddings(
  embedder: Embedder,
  tiers: readonly GuardedTier[],
  config: AcervoConfig,
): CachedEmbedder | undefined {
  if (!config.ENABLE_CACHE || !config.ENABLE_EMBEDDING_CACHE) return undefined;
  return createCachedEmbedder(embedder, { memoryBytes: config.CACHE_MEMORY_MEGABYTES * 2 ** 18, tiers });
}

/** Processes of other machines write to it too. */
function isStoreShared(config: AcervoConfig): boolean {
  return config.STORE === 'postgres';
}

/** Nothing changes but by this process, so that it need not follow anybody. */
function isSoleWriter(config: AcervoConfig, { isWriter }: Place): boolean {
  return isWriter && !isStoreShared(config);
}

async function openStore(config: AcervoConfig, logger: Logger, place: Place): Promise<DocumentStore> {
  switch (config.STORE) {
    case 'sqlite':
      return await createSqliteDocumentStore({
        directory: config.DATA_DIR,
        role: place.isWriter ? 'writer' : 'follower',
      });
    case 'postgres':
      return await createPostgresDocumentStore({
        ...databaseOptions(config, config.DATABASE_CONNECTIONS),
        onLeaseFailure: (cause) => {
          logger.warn({ err: cause }, 'leases of running jobs could not be renewed: others may take them on');
        },
      });
    default:
      return config.STORE satisfies never;
  }
}

function followCommits(store: DocumentStore, vectorIndex: VectorIndex, logger: Logger): CommitFollower {
  const follower = new CommitFollower({
    store,
    ...(vectorIndex instanceof FollowingVectorIndex && { vectorIndex }),
    onFailure: (cause) => {
      logger.warn({ err: cause }, 'what the writing process commits cannot be followed now: trying again');
    },
  });
  follower.start();
  return follower;
}

function createEmbedder(config: AcervoConfig, workers: number): Embedder {
  const hasKey = config.OPENAI_API_KEY !== undefined;
  const provider = config.EMBEDDING_PROVIDER === 'auto' ? (hasKey ? 'openai' : 'local') : config.EMBEDDING_PROVIDER;
  switch (provider) {
    case 'local':
      return createLocalEmbedder({
        profile: config.EMBEDDING_PROFILE,
        threads: config.EMBEDDING_THREADS || Math.max(1, Math.floor(availableParallelism() / workers)),
      });
    case 'openai':
      return createOpenAiEmbedder({
        apiKey: config.OPENAI_API_KEY ?? '',
        baseUrl: config.OPENAI_BASE_URL,
        profile: config.EMBEDDING_PROFILE,
        model: config.EMBEDDING_MODEL,
        dimensions: config.EMBEDDING_DIMENSIONS,
      });
    default:
      return provider satisfies never;
  }
}

/** Longer than any commit takes, and the pause between two looks for what dead processes left. */
const orphanGraceMs = 10 * 60_000;
const sweepEveryMs = 5 * 60_000;

function createVectorIndex(config: AcervoConfig, store: DocumentStore, logger: Logger, place: Place): VectorIndex {
  const { isWriter } = place;
  const onNotice = (notice: VectorIndexNotice): void => {
    // A follower has something to mend after every commit.
    const isExpected = !isWriter && notice.kind === 'mended' && notice.reason === undefined;
    logger[isExpected ? 'debug' : 'warn'](notice, 'vector index');
  };
  switch (config.VECTOR_INDEX) {
    case 'embedded': {
      const directory = join(config.DATA_DIR, 'vectors');
      const index = new EmbeddedVectorIndex({ directory, source: store, onNotice, isWriter });
      return isSoleWriter(config, place) ? index : new FollowingVectorIndex(index, store, { takesChanges: isWriter });
    }
    case 'chroma': {
      const sharing = isStoreShared(config) ? { graceMs: orphanGraceMs, sweepEveryMs } : undefined;
      const index = new ChromaVectorIndex({ url: config.CHROMA_URL ?? '', source: store, onNotice, isWriter, sharing });
      return isSoleWriter(config, place)
        ? index
        : new FollowingVectorIndex(index, store, { isShared: true, takesChanges: isWriter });
    }
    case 'pgvector':
      return new PgvectorIndex({
        database: databaseOptions(config, config.DATABASE_CONNECTIONS),
        source: store,
        onNotice,
        sharing: { graceMs: orphanGraceMs, sweepEveryMs: isWriter ? sweepEveryMs : 0 },
      });
    default:
      return config.VECTOR_INDEX satisfies never;
  }
}
