import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDiskTier, GuardedTier } from '@acervo/cache';
import { callContext, untilEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { wordVector } from '@acervo/testing';

import { createCachedEmbedder, type CachedEmbedder } from './cached-embedder';
import { Embedder, type EmbedderCapabilities, type TextKind } from './embedder';

/** Vectors from the words of a text; writes down what it is asked for and waits when told to. */
class RecordingEmbedder extends Embedder {
  readonly calls: string[][] = [];
  readonly signals: AbortSignal[] = [];
  gate: Promise<void> = Promise.resolve();
  failure: Error | undefined;

  constructor(
    readonly capabilities: EmbedderCapabilities = {
      model: 'words/1',
      dimensions: 8,
      maxTokens: 100,
      maxBatchItems: 32,
    },
  ) {
    super();
  }

  override async embedBatch(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Float32Array> {
    this.calls.push([...texts]);
    this.signals.push(context.signal);
    await untilEnded(this.gate, context);
    if (this.failure !== undefined) throw this.failure;
    const { dimensions } = this.capabilities;
    return Float32Array.from(texts.flatMap((text) => wordVector(`${kind} ${text}`, dimensions)));
  }
  override async checkHealth(): Promise<void> {
    await Promise.resolve();
  }
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

const soon = (): CallContext => callContext(20_000);
const turn = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
};

describe('a cached embedder', () => {
  let directory: string;
  let tier: GuardedTier;
  let model: RecordingEmbedder;
  const open: CachedEmbedder[] = [];
  const make = (embedder: Embedder = model, memoryBytes = 1 << 20): CachedEmbedder => {
    const cached = createCachedEmbedder(embedder, { memoryBytes, tiers: [tier] });
    open.push(cached);
    return cached;
  };
  /** A gate that keeps the model from answering until it is opened. */
  const closeGate = (): (() => void) => {
    let openGate: () => void = () => undefined;
    model.gate = new Promise((resolve) => (openGate = resolve));
    return openGate;
  };

  /** Calls that look into the tier by now have done so, and wait for the model. */
  const joined = async (): Promise<void> => {
    await tier.getMany([]);
    await turn();
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acervo-embeddings-'));
    tier = new GuardedTier(await createDiskTier({ path: join(directory, 'cache.db'), maxBytes: 1 << 24 }));
    model = new RecordingEmbedder();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (cached) => cached.close()));
    await tier.close();
    await rm(directory, { recursive: true });
  });

  it('gives what the model gives, in the order of the texts, with equal ones computed once', async () => {
    const texts = ['b', 'a', 'b', 'c a'];
    const direct = await new RecordingEmbedder().embedBatch(texts, 'passage', soon());
    const cached = make();
    expect(await cached.embedBatch(texts, 'passage', soon())).toEqual(direct);
    expect(model.calls).toEqual([['b', 'a', 'c a']]);
  });

  it('asks the model only for what is missing', async () => {
    const cached = make();
    await cached.embedBatch(['one', 'two'], 'query', soon());
    const all = await cached.embedBatch(['three', 'one', 'four', 'two'], 'query', soon());
    expect(model.calls).toEqual([
      ['one', 'two'],
      ['three', 'four'],
    ]);
    const direct = await new RecordingEmbedder().embedBatch(['three', 'one', 'four', 'two'], 'query', soon());
    expect(all).toEqual(direct);
  });

  it('finds after a restart what was computed before, byte for byte', async () => {
    const texts = ['passage one', 'passage two', 'ação'];
    const first = make();
    const before = await first.embedBatch(texts, 'passage', soon());
    await first.close();
    const second = make(new RecordingEmbedder());
    expect(await second.embedBatch(texts, 'passage', soon())).toEqual(before);
    expect(await second.stats()).toMatchObject({ hits: 3, misses: 0, memory: { entries: 0 } });
  });

  it('takes composed and decomposed letters for the same text', async () => {
    const cached = make();
    const [composed, decomposed] = ['configuração', 'configuração'.normalize('NFD')];
    expect(await cached.embedBatch([composed], 'query', soon())).toEqual(
      await cached.embedBatch([decomposed], 'query', soon()),
    );
    expect(model.calls).toEqual([[composed]]);
  });

  it('keeps kinds and models apart', async () => {
    await make().embedBatch(['x'], 'query', soon());
    const passages = make();
    await passages.embedBatch(['x'], 'passage', soon());
    expect(model.calls).toHaveLength(2);
    const larger = new RecordingEmbedder({ ...model.capabilities, model: 'words/2', dimensions: 16 });
    expect(await make(larger).embedBatch(['x'], 'query', soon())).toHaveLength(16);
    expect(larger.calls).toEqual([['x']]);
  });

  it('keeps questions in memory and passages out of it', async () => {
    const cached = make();
    await cached.embedBatch(['x', 'y'], 'passage', soon());
    expect((await cached.stats()).memory).toMatchObject({ entries: 0 });
    await cached.embedBatch(['x', 'y'], 'query', soon());
    expect((await cached.stats()).memory).toMatchObject({ entries: 2 });
  });

  it('computes once for 1,000 equal questions at once (B1)', async () => {
    const cached = make();
    const openGate = closeGate();
    const answers = Promise.all(
      Array.from({ length: 1_000 }, async () => await cached.embedBatch(['q'], 'query', soon())),
    );
    while (model.calls.length === 0) await turn();
    openGate();
    const [first, ...others] = await answers;
    for (const other of others) expect(other).toEqual(first);
    expect(model.calls).toEqual([['q']]);
    expect(await cached.stats()).toMatchObject({ misses: 1, tiers: [{ misses: 1 }] });
    first?.fill(0);
    expect(others[0]).not.toEqual(first);
  });

  it('waits for a text that another call has begun, and computes the others', async () => {
    const cached = make();
    const openGate = closeGate();
    const first = cached.embedBatch(['a', 'b'], 'query', soon());
    while (model.calls.length === 0) await turn();
    const second = cached.embedBatch(['c', 'b'], 'query', soon());
    while (model.calls.length === 1) await turn();
    openGate();
    const [ab, cb] = await Promise.all([first, second]);
    expect(cb.subarray(8)).toEqual(ab.subarray(8));
    expect(model.calls).toEqual([['a', 'b'], ['c']]);
  });

  it('goes on for those who wait when the first caller leaves, and ends when all have left (B3)', async () => {
    const cached = make();
    const openGate = closeGate();
    const leaving = new AbortController();
    const first = cached.embedBatch(['q'], 'query', callContext(20_000, leaving.signal));
    while (model.calls.length === 0) await turn();
    const second = cached.embedBatch(['q'], 'query', soon());
    await joined();
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(model.signals[0]?.aborted).toBe(false);
    openGate();
    expect(await second).toHaveLength(8);

    closeGate();
    const alone = new AbortController();
    const third = cached.embedBatch(['other'], 'query', callContext(20_000, alone.signal));
    while (model.calls.length === 1) await turn();
    alone.abort();
    await expect(third).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(model.signals[1]?.aborted).toBe(true);
  });

  it('hands the failure of the model to all who wait, keeps nothing of it, and asks again', async () => {
    const cached = make();
    model.failure = fail('EMBEDDING_UPSTREAM_FAILED', 'away');
    const openGate = closeGate();
    const both = Promise.allSettled([
      cached.embedBatch(['q'], 'query', soon()),
      cached.embedBatch(['q'], 'query', soon()),
    ]);
    await joined();
    openGate();
    expect(await both).toEqual([
      { status: 'rejected', reason: model.failure },
      { status: 'rejected', reason: model.failure },
    ]);
    model.failure = undefined;
    expect(await cached.embedBatch(['q'], 'query', soon())).toHaveLength(8);
    expect(model.calls).toHaveLength(2);
  });

  it('answers while the tier fails (B4)', async () => {
    const cached = make(model, 0);
    await tier.close();
    expect(await cached.embedBatch(['q'], 'query', soon())).toHaveLength(8);
    expect(await cached.embedBatch(['q'], 'query', soon())).toHaveLength(8);
    expect(model.calls).toHaveLength(2);
  });

  it('forgets everything when it is cleared', async () => {
    const cached = make();
    await cached.embedBatch(['q'], 'query', soon());
    await cached.clear();
    await cached.embedBatch(['q'], 'query', soon());
    expect(model.calls).toHaveLength(2);
  });
});
