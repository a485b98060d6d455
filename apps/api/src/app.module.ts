import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';

import { ResponseCacheModule } from '@acervo/cache';
import { ChatModule, OpenAiFaceModule, ResearchModule } from '@acervo/chat';
import type { AcervoConfig } from '@acervo/config';
import { Embedder } from '@acervo/embedding';
import { IdentityModule } from '@acervo/identity';
import { Ingester, IngestModule } from '@acervo/ingest';
import type { Metrics } from '@acervo/metrics';
import { ProblemModule } from '@acervo/problem-http';
import { SearchModule, type ComputedSearch } from '@acervo/search';
import { CollectionWriter, DocumentStore, RunningJobs, VectorIndex } from '@acervo/store';
import { Admission, ThrottleModule } from '@acervo/throttle';

import { answerLifetime, generationsOf } from './answer-cache';
import { createQuoter } from './chat';
import { ConsoleModule } from './console/console.module';
import type { Engines } from './engines';
import type { FastLane } from './fast-lane/fast-lane';
import { HealthModule } from './health/health.module';
import { MeteredLanguageModel } from './metrics/metered-language-model';
import { openMetricsModule } from './metrics/open-metrics';
import { compressFromBytes } from './middleware';
import type { Traffic } from './traffic';
import type { Standing } from './workers/standing';
import { checkDoor } from './workers/writer-health';

/** Servers of several machines may share the folder of uploads. Longer than a request can take. */
const sharedSpoolGraceMs = 3_600_000;

/** The open engines under their port's token, for every room. */
@Module({})
class EngineModule {
  static forRoot({ embedder, store, vectorIndex, writer, ingester, admission }: Engines): DynamicModule {
    const providers = [
      { provide: Embedder, useValue: embedder },
      { provide: DocumentStore, useValue: store },
      { provide: VectorIndex, useValue: vectorIndex },
      { provide: CollectionWriter, useValue: writer },
      { provide: Ingester, useValue: ingester },
      { provide: Admission, useValue: admission },
      RunningJobs,
    ];
    return { module: EngineModule, global: true, providers, exports: providers };
  }
}

/** Who sees requests and searches without changing them; undefined what is switched off. */
export interface Watchers {
  readonly fastLane: FastLane | undefined;
  readonly metrics: Metrics | undefined;
  readonly searches: (search: ComputedSearch) => void;
}

@Module({})
export class AppModule {
  static forEnvironment(
    config: AcervoConfig,
    engines: Engines,
    { identification, limiter }: Traffic,
    { place, group, leaving }: Standing,
    { fastLane, metrics, searches }: Watchers,
  ): DynamicModule {
    const { door } = place;
    const model = new MeteredLanguageModel(engines.languageModel, metrics?.stages);
    const search = SearchModule.forRoot({
      defaultCollection: config.COLLECTION_NAME,
      timeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
      runsJobs: place.isWriter,
      onComputed: searches,
    });
    const chat = ChatModule.forRoot({
      search,
      model,
      conversations: engines.conversations,
      defaultCollection: config.COLLECTION_NAME,
      temperature: config.LLM_TEMPERATURE,
      maxTokens: config.LLM_MAX_TOKENS,
      timeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
      supportPolicy: config.ANSWER_SUPPORT,
    });
    const research = ResearchModule.forRoot({
      search,
      model,
      quoter: createQuoter(engines),
      defaultCollection: config.COLLECTION_NAME,
      caps: {
        maxSeconds: config.RESEARCH_MAX_SECONDS,
        maxSearches: config.RESEARCH_MAX_SEARCHES,
        maxTokens: config.RESEARCH_MAX_TOKENS,
      },
      runsJobs: place.isWriter,
    });
    return {
      module: AppModule,
      imports: [
        EngineModule.forRoot(engines),
        IdentityModule.forRoot(identification),
        ThrottleModule.forRoot({ limiter }),
        ResponseCacheModule.forRoot({
          cache: engines.answerCache,
          otherCaches: {
            ...(fastLane && engines.answerCache && { fast_lane: fastLane }),
            ...(engines.embeddingCache && { embeddings: engines.embeddingCache }),
          },
          clearElsewhere: async (collection) => group?.spread({ what: 'cleared', collection }),
          edgePurge: engines.edgePurge,
          generations: generationsOf(engines.store),
          lifetime: answerLifetime(config),
          compressFromBytes: config.ENABLE_COMPRESSION ? compressFromBytes : undefined,
          sharedMaxAgeSeconds: config.HTTP_SHARED_MAX_AGE_SECONDS,
          edgeStaleSeconds: config.HTTP_STALE_SECONDS,
        }),
        search,
        chat,
        research,
        OpenAiFaceModule.forRoot({ chat, research }),
        IngestModule.forRoot({
          defaultCollection: config.COLLECTION_NAME,
          spoolDirectory: join(config.DATA_DIR, 'uploads'),
          spoolGraceMs: config.STORE === 'postgres' ? sharedSpoolGraceMs : 0,
          maxUploadBytes: config.MAX_UPLOAD_MEGABYTES * 2 ** 20,
          requestTimeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
          leaving,
          runsJobs: place.isWriter,
        }),
        HealthModule.forRoot({
          dataDirectory: config.DATA_DIR,
          minFreeDiskMegabytes: config.MIN_FREE_DISK_MEGABYTES,
          requiresVectorIndex: config.READY_REQUIRES_CHROMA,
          checkWriter: door === undefined || place.isWriter ? undefined : async (context) => checkDoor(door, context),
        }),
        ...(metrics ? [openMetricsModule(config, engines, metrics, group)] : []),
        ConsoleModule,
        ProblemModule,
      ],
    };
  }
}
