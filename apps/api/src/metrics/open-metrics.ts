/** What is measured, as the configuration wants it. */
import type { DynamicModule } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

import type { AcervoConfig } from '@acervo/config';
import { gatherNone, Metrics, MetricsModule, RouteTable, stages, type Stage } from '@acervo/metrics';
import type { ComputedSearch } from '@acervo/search';

import type { Engines } from '../engines';
import type { FastLane } from '../fast-lane/fast-lane';
import type { Traffic } from '../traffic';
import { version } from '../version';
import type { Group } from '../workers/group';
import { cacheFamilies } from './cache-families';
import { storeFamilies } from './store-families';
import { admissionFamilies, limiterFamilies } from './traffic-families';

type MeasuredEngines = Pick<Engines, 'answerCache' | 'embeddingCache' | 'edgePurge' | 'admission'>;

/** Undefined when it is switched off. The application closes it. */
export function openMetrics(
  config: Pick<AcervoConfig, 'ENABLE_METRICS'>,
  { answerCache, embeddingCache, edgePurge, admission }: MeasuredEngines,
  { limiter }: Traffic,
  fastLane: FastLane | undefined,
  group: Group | undefined,
): Metrics | undefined {
  if (!config.ENABLE_METRICS) return undefined;
  const caches = { answers: answerCache, embeddings: embeddingCache, ...(answerCache && { fast_lane: fastLane }) };
  const metrics = new Metrics({
    version,
    lookUps: () => answerCache?.counts ?? { hits: 0, misses: 0 },
    sources: [
      { name: 'caches', collect: async () => cacheFamilies(caches, edgePurge) },
      { name: 'limiter', collect: () => limiterFamilies(limiter) },
      { name: 'admission', collect: () => admissionFamilies(admission, fastLane) },
    ],
  });
  group?.shareMetrics(async () => metrics.snapshot());
  metrics.start(() => {
    void group?.tellMetrics();
  });
  return metrics;
}

/** GET /metrics. What all processes share is asked once, by the one that answers. */
export function openMetricsModule(
  { METRICS_PUBLIC }: Pick<AcervoConfig, 'METRICS_PUBLIC'>,
  { store }: Pick<Engines, 'store'>,
  metrics: Metrics,
  group: Group | undefined,
): DynamicModule {
  return MetricsModule.forRoot({
    metrics,
    version,
    isPublic: METRICS_PUBLIC,
    gather: group === undefined ? gatherNone : async (own) => group.gatherMetrics(own),
    shared: [{ name: 'store', collect: async () => storeFamilies(store) }],
  });
}

/** For the search room: the stages of each search. */
export function stageRecorder({ stages: recorder }: Metrics): (search: ComputedSearch) => void {
  return ({ timings }) => {
    for (const [stage, ms] of timings.entries()) if (isStage(stage)) recorder.record(stage, ms);
  };
}

/** Templates as the router writes them, of all routes that the API documents, and the folders of pages. */
export function routesOf(document: OpenAPIObject): RouteTable {
  const templates = Object.keys(document.paths).map((path) => path.replace(/\{([^}]+)\}/g, ':$1'));
  return new RouteTable({ templates: ['/', '/docs-json', ...templates], folders: ['/docs', '/console'] });
}

function isStage(stage: string): stage is Stage {
  return (stages as readonly string[]).includes(stage);
}
