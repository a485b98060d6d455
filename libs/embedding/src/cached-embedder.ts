/**
 * An embedder that computes each text once: vectors are kept by model, kind and text, in memory and in the tiers below,
 * which outlive the process. A vector depends on nothing else, so none is ever wrong; they expire only to make room.
 *
 * Equal texts that are under way are waited for, wherever they were asked for first. A cache that fails costs time only.
 */
import { endianness } from 'node:os';

import { cacheKey, cachePrefix, TieredCache, type CacheStats, type GuardedTier } from '@acervo/cache';
import { endedError, remainingMs, SingleFlight, throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { Embedder, type EmbedderCapabilities, type TextKind } from './embedder';

export interface CachedEmbedderOptions {
  /** For the vectors of questions; passages are read once and go to the tiers only. 0: no memory. */
  readonly memoryBytes: number;
  /** From near to far. Whoever made them closes them. */
  readonly tiers: readonly GuardedTier[];
  /** How long a vector is kept. Default 30 days. */
  readonly keepMs?: number;
}

/** Where the vector of a text under way will be. */
interface Seat {
  readonly run: string;
  readonly row: number;
}

const TAG = 'embedding1';
const KEEP_MS = 30 * 24 * 60 * 60_000;

export class CachedEmbedder extends Embedder {
  readonly capabilities: EmbedderCapabilities;
  private readonly cache: TieredCache;
  /** Equal calls, from the look-up on. */
  private readonly calls = new SingleFlight<Float32Array>();
  /** Runs of the model: calls that share only some texts meet here. */
  private readonly runs = new SingleFlight<Float32Array>();
  /** Bounded by the texts of the calls that run. */
  private readonly underWay = new Map<string, Seat>();
  private readonly keepMs: number;
  private runCount = 0;
  private isClosed = false;

  constructor(
    private readonly embedder: Embedder,
    { memoryBytes, tiers, keepMs = KEEP_MS }: CachedEmbedderOptions,
  ) {
    super();
    this.capabilities = embedder.capabilities;
    this.keepMs = keepMs;
    const { model, dimensions } = this.capabilities;
    const maxEntries = Math.floor(memoryBytes / (dimensions * Float32Array.BYTES_PER_ELEMENT));
    this.cache = new TieredCache({
      schema: `embedding/1 ${model}@${dimensions} ${endianness()}`,
      tiers,
      ...(maxEntries > 0 && { memory: { maxEntries, maxBytes: memoryBytes } }),
    });
  }

  /** As the port says. Cost: one round trip to each tier that is needed, and the model for what none of them has. */
  override async embedBatch(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Float32Array> {
    const { model, dimensions, maxBatchItems } = this.capabilities;
    if (texts.length > maxBatchItems)
      throw new RangeError(`At most ${maxBatchItems} texts a call, not ${texts.length}.`);
    this.throwIfClosed();
    throwIfEnded(context);
    if (remainingMs(context) === 0) throw endedError(context);
    const wanted = new Map<string, string>();
    const keys = texts.map((text) => {
      const normal = text.normalize('NFC');
      const key = cacheKey(TAG, [model, dimensions, kind, normal]);
      wanted.set(key, normal);
      return key;
    });
    const resolve = async (call: CallContext): Promise<Float32Array> => {
      const vectors = await this.find([...wanted.keys()], kind, call);
      const missing = [...wanted].filter(([key]) => !vectors.has(key));
      if (missing.length > 0) await this.compute(new Map(missing), kind, call, vectors);
      return join(keys, vectors, dimensions);
    };
    // Sharing a call costs twice what looking into memory does.
    if (keys.every((key) => this.cache.peek(key) !== undefined)) return await resolve(context);
    const call = await this.calls.run(keys.join(), context, resolve);
    return call.isJoined ? call.value.slice() : call.value;
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.embedder.checkHealth(context);
  }

  /** Forgets every vector of every model, in all tiers. Rejects when a tier could not. */
  async clear(): Promise<void> {
    await this.cache.clear(cachePrefix(TAG));
  }

  async stats(): Promise<CacheStats> {
    return await this.cache.stats();
  }

  /** What was computed has reached the tiers when it resolves. */
  override async close(): Promise<void> {
    this.isClosed = true;
    await this.embedder.close();
    await this.cache.close();
  }

  private async find(keys: readonly string[], kind: TextKind, context: CallContext): Promise<Map<string, Uint8Array>> {
    const entries = await this.cache.getMany(keys, context, { keepInMemory: kind === 'query' });
    const vectors = new Map<string, Uint8Array>();
    keys.forEach((key, at) => {
      // What was computed while a tier was asked is in memory by now.
      const vector = (entries[at] ?? this.cache.peek(key))?.value;
      if (vector?.byteLength === this.bytesPerVector) vectors.set(key, vector);
    });
    return vectors;
  }

  /** Puts the vectors of `missing` into `vectors`: from runs under way, and from one run of the model for the rest. */
  private async compute(
    missing: ReadonlyMap<string, string>,
    kind: TextKind,
    context: CallContext,
    vectors: Map<string, Uint8Array>,
  ): Promise<void> {
    // From here to the start of the run nothing is awaited: no text is announced that nobody computes.
    throwIfEnded(context);
    const seats = new Map<string, Seat>();
    const own = new Map<string, string>();
    for (const [key, text] of missing) {
      const seat = this.underWay.get(key);
      if (seat !== undefined && this.runs.has(seat.run)) seats.set(key, seat);
      else own.set(key, text);
    }
    const ownRun = String((this.runCount += 1));
    [...own.keys()].forEach((key, row) => {
      seats.set(key, { run: ownRun, row });
      this.underWay.set(key, { run: ownRun, row });
    });
    const runs = new Set([...seats.values()].map(({ run }) => run));
    const rows = new Map<string, Float32Array>();
    await Promise.all(
      [...runs].map(async (run) => {
        const work = async (flight: CallContext): Promise<Float32Array> => await this.run(run, own, kind, flight);
        rows.set(run, (await this.runs.run(run, context, work)).value);
      }),
    );
    for (const [key, { run, row }] of seats) {
      const all = rows.get(run);
      if (all !== undefined) vectors.set(key, this.rowOf(all, row));
    }
  }

  private async run(
    run: string,
    texts: ReadonlyMap<string, string>,
    kind: TextKind,
    context: CallContext,
  ): Promise<Float32Array> {
    try {
      const vectors = await this.embedder.embedBatch([...texts.values()], kind, context);
      const writes = [...texts.keys()].map((key, row) => ({ key, value: this.rowOf(vectors, row) }));
      this.cache.setMany(writes, { freshMs: this.keepMs }, { keepInMemory: kind === 'query' });
      return vectors;
    } finally {
      for (const key of texts.keys()) if (this.underWay.get(key)?.run === run) this.underWay.delete(key);
    }
  }

  /** A view. */
  private rowOf(vectors: Float32Array, row: number): Buffer {
    const { bytesPerVector } = this;
    return Buffer.from(vectors.buffer, vectors.byteOffset + row * bytesPerVector, bytesPerVector);
  }

  private get bytesPerVector(): number {
    return this.capabilities.dimensions * Float32Array.BYTES_PER_ELEMENT;
  }

  private throwIfClosed(): void {
    if (this.isClosed) throw fail('SERVER_NOT_READY', 'The embedder is closed: the server stops.');
  }
}

/** `embedder` behind a cache. Closing it closes `embedder` as well, and not the tiers. */
export function createCachedEmbedder(embedder: Embedder, options: CachedEmbedderOptions): CachedEmbedder {
  return new CachedEmbedder(embedder, options);
}

function join(keys: readonly string[], vectors: ReadonlyMap<string, Uint8Array>, dimensions: number): Float32Array {
  const joined = new Float32Array(keys.length * dimensions);
  const bytes = new Uint8Array(joined.buffer);
  keys.forEach((key, row) => {
    const vector = vectors.get(key);
    if (vector === undefined) throw new Error('A text has got no vector.');
    bytes.set(vector, row * dimensions * Float32Array.BYTES_PER_ELEMENT);
  });
  return joined;
}
