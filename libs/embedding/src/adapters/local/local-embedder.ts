import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import { throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';

import { Embedder, type EmbedderCapabilities, type EmbeddingProfile, type TextKind } from '../../embedder';

import { EmbeddingQueue, type LineLimits } from './embedding-queue';
import { EmbeddingRequest } from './embedding-request';
import { bundledModelDirectory, localModel, verifyModelFile } from './model-files';
import { WorkerModelThread } from './model-thread';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool';
import { UnigramTokenizer } from './unigram-tokenizer';

export interface LocalEmbedderOptions {
  /** `fast` cuts passages at 256 tokens; `balanced` and `quality` at 512. Default `balanced`. */
  readonly profile?: EmbeddingProfile;
  /** Model threads under load, each about 80 MB; default: the cores this process may use. */
  readonly threads?: number;
  /** Folder with `model.onnx` and `tokenizer.json`; default: the bundled model. */
  readonly modelDirectory?: string;
  readonly limits?: Partial<Record<TextKind, Partial<LineLimits>>>;
  readonly pool?: Partial<Omit<ThreadPoolOptions, 'maxThreads'>>;
}

/** Passages that are cut into tokens between two turns of the event loop: about 3 ms. */
const PASSAGES_PER_TURN = 16;

/**
 * Runs are small: measured, a token costs the same from 128 tokens a run on (0.28 ms of one AVX512-VNNI core), while a
 * query has to wait for the run before it, and the arena of a session keeps the size of the largest run (182 MB process
 * after 512 tokens, 313 MB after 2,048). A text longer than `runTokens` runs alone.
 */
const defaultLimits: Record<TextKind, LineLimits> = {
  query: { runTokens: 256, maxTexts: 1_024, maxTokens: 65_536 },
  passage: { runTokens: 128, maxTexts: 4_096, maxTokens: 524_288 },
};

/**
 * The bundled model in worker threads; loads in the background from the moment it is made.
 * Errors beyond those of the port: EMBEDDING_MODEL_DAMAGED, EMBEDDING_FAILED (retryable), SERVER_NOT_READY (closed).
 */
export class LocalEmbedder extends Embedder {
  readonly capabilities: EmbedderCapabilities;
  private readonly tokenizer: Promise<UnigramTokenizer>;
  private readonly queue: EmbeddingQueue;
  private readonly pool: ThreadPool;

  constructor({ profile = 'balanced', threads, modelDirectory, limits, pool }: LocalEmbedderOptions = {}) {
    super();
    const maxTokens = profile === 'fast' ? 256 : localModel.maxTokens;
    this.capabilities = {
      model: `local/${localModel.name}@${localModel.files['model.onnx'].slice(0, 8)}/${maxTokens}`,
      dimensions: localModel.dimensions,
      maxTokens,
      maxBatchItems: 256,
    };
    const directory = modelDirectory ?? bundledModelDirectory();
    this.queue = new EmbeddingQueue({
      query: { ...defaultLimits.query, ...limits?.query },
      passage: { ...defaultLimits.passage, ...limits?.passage },
    });
    this.pool = new ThreadPool(this.queue, () => new WorkerModelThread(directory), {
      maxThreads: Math.max(1, threads ?? availableParallelism()),
      growAfterMs: 50,
      retireAfterMs: 15_000,
      runTimeoutMs: 30_000,
      restartAfterMs: 5_000,
      ...pool,
    });
    this.tokenizer = loadTokenizer(directory);
    // Whoever calls next learns the reason; a failed start must not end the process before that.
    this.ready().catch(() => undefined);
  }

  /** What waits and what serves it, for metrics. */
  get load(): { readonly threads: number; readonly waitingTexts: number; readonly waitingTokens: number } {
    const { waitingTexts, waitingTokens } = this.queue;
    return { threads: this.pool.threads, waitingTexts, waitingTokens };
  }

  /** Resolves when tokenizer and one model thread are loaded: about 0.3 s after construction. */
  async ready(): Promise<void> {
    await Promise.all([this.tokenizer, this.pool.ready()]);
  }

  override async embedBatch(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Float32Array> {
    const { dimensions, maxBatchItems } = this.capabilities;
    if (texts.length > maxBatchItems)
      throw new RangeError(`At most ${maxBatchItems} texts a call, not ${texts.length}.`);
    throwIfEnded(context);
    if (texts.length === 0) return new Float32Array(0);
    const ids = await this.tokenize(texts, kind, context);
    const request = new EmbeddingRequest(texts.length, dimensions);
    const sinceMs = performance.now();
    this.pool.submit(
      ids.map((ids, index) => ({ kind, ids, index, request, sinceMs })),
      kind,
    );
    try {
      return await untilEnded(request.result, context);
    } finally {
      this.pool.withdraw(request);
    }
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await untilEnded(this.ready(), context);
  }

  override async close(): Promise<void> {
    await this.pool.close();
  }

  private async tokenize(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Int32Array[]> {
    const tokenizer = await untilEnded(this.tokenizer, context);
    const maxTokens = kind === 'query' ? localModel.maxTokens : this.capabilities.maxTokens;
    const all: Int32Array[] = [];
    for (const text of texts) {
      if (all.length > 0 && all.length % PASSAGES_PER_TURN === 0) {
        await setImmediate();
        throwIfEnded(context);
      }
      all.push(tokenizer.encode(`${kind}: ${text}`, maxTokens));
    }
    return all;
  }
}

/** An embedder on the bundled model. Close it to end its threads. */
export function createLocalEmbedder(options: LocalEmbedderOptions = {}): LocalEmbedder {
  return new LocalEmbedder(options);
}

async function loadTokenizer(directory: string): Promise<UnigramTokenizer> {
  return new UnigramTokenizer(await readFile(await verifyModelFile(directory, 'tokenizer.json'), 'utf8'));
}
