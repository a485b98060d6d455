import { statfs } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorFunction, type HealthIndicatorResult } from '@nestjs/terminus';

import { Embedder } from '@acervo/embedding';
import { callContext, type CallContext } from '@acervo/kernel';
import { DocumentStore, VectorIndex } from '@acervo/store';
import { RequestLimiter } from '@acervo/throttle';

export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');
export interface HealthOptions {
  readonly dataDirectory: string;
  readonly minFreeDiskMegabytes: number;
  /** The vector index being away makes the server not ready, instead of degraded. */
  readonly requiresVectorIndex: boolean;
  /** Rejects when the process that writes is away; undefined in that process. */
  readonly checkWriter: ((context: CallContext) => Promise<void>) | undefined;
}

const checkTimeoutMs = 2_000;

type Part = 'store' | 'model' | 'vector_index' | 'disk' | 'writer';

/** The state of each engine, for probes: one short deadline a part. */
@Injectable()
export class EngineHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly store: DocumentStore,
    private readonly embedder: Embedder,
    private readonly vectorIndex: VectorIndex,
    private readonly limiter: RequestLimiter,
    @Inject(HEALTH_OPTIONS) private readonly options: HealthOptions,
  ) {}

  checks(): HealthIndicatorFunction[] {
    return (['store', 'model', 'vector_index', 'disk'] as const).map((part) => () => this.indicate(part));
  }

  /** `blocking`: why no request can be answered; `degraded`: what is missing meanwhile. */
  async readiness(): Promise<{ readonly blocking: string | undefined; readonly degraded: readonly string[] }> {
    const [store, model, vectorIndex, writer] = await Promise.all([
      this.reasonDown('store'),
      this.reasonDown('model'),
      this.reasonDown('vector_index'),
      this.reasonDown('writer'),
    ]);
    const strict = this.options.requiresVectorIndex ? vectorIndex : undefined;
    const degraded = [
      ...(model !== undefined || vectorIndex !== undefined ? ['semantic_unavailable'] : []),
      ...(writer === undefined ? [] : ['writes_unavailable']),
      ...(this.limiter.isDegraded ? ['shared_limits_unavailable'] : []),
    ];
    return { blocking: store ?? strict, degraded };
  }

  private async indicate(part: Part): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(part);
    const reason = await this.reasonDown(part);
    return reason === undefined ? indicator.up() : indicator.down({ message: reason });
  }

  private async reasonDown(part: Part): Promise<string | undefined> {
    const context = callContext(checkTimeoutMs);
    try {
      await this.check(part, context);
      return undefined;
    } catch (error) {
      return `${part}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private check(part: Part, context: CallContext): Promise<void> {
    switch (part) {
      case 'store':
        return this.store.checkHealth(context);
      case 'model':
        return this.embedder.checkHealth(context);
      case 'vector_index':
        return this.vectorIndex.checkHealth(context);
      case 'disk':
        return this.checkDisk();
      case 'writer':
        return this.options.checkWriter?.(context) ?? Promise.resolve();
    }
  }

  private async checkDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(this.options.dataDirectory);
    const freeMegabytes = Math.floor((bavail * bsize) / 2 ** 20);
    const { minFreeDiskMegabytes } = this.options;
    if (freeMegabytes < minFreeDiskMegabytes) {
      throw new Error(`${freeMegabytes} MB free, MIN_FREE_DISK_MEGABYTES is ${minFreeDiskMegabytes}`);
    }
  }
}
