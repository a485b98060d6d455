import { copyFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { callContext } from '@acervo/kernel';

import { createLocalEmbedder } from './local-embedder';
import { bundledModelDirectory } from './model-files';
import { WorkerModelThread } from './model-thread';
import { padBatch } from './token-batch';

const batch = padBatch([Int32Array.of(0, 39, 905, 12, 1427, 2), Int32Array.of(0, 39, 2)], 1);

describe('WorkerModelThread', () => {
  it('computes unit vectors that do not depend on the padding, and exits when closed', async () => {
    const thread = new WorkerModelThread(bundledModelDirectory());
    await thread.ready;
    const both = await thread.run(batch, 20_000);
    const alone = await thread.run(padBatch([Int32Array.of(0, 39, 2)], 1), 20_000);
    const second = both.subarray(384);
    expect(second.reduce((sum, value, at) => sum + value * (alone[at] ?? NaN), 0)).toBeCloseTo(1, 5);
    await thread.close();
    await thread.exited;
    expect(thread.isAlive).toBe(false);
  });

  it('fails a run that takes longer than its time, and is lost', async () => {
    const thread = new WorkerModelThread(bundledModelDirectory());
    await thread.ready;
    const long = padBatch([new Int32Array(512).fill(905)], 1);
    await expect(thread.run(long, 1)).rejects.toMatchObject({
      code: 'EMBEDDING_FAILED',
      cause: { message: 'The model thread did not answer within 1 ms.' },
    });
    expect(thread.isAlive).toBe(false);
    await thread.exited;
  });

  it('fails a run that the model refuses, and lives on', async () => {
    const thread = new WorkerModelThread(bundledModelDirectory());
    await thread.ready;
    await expect(thread.run(padBatch([Int32Array.of(9_999_999)], 1), 20_000)).rejects.toMatchObject({
      code: 'EMBEDDING_FAILED',
    });
    expect(thread.isAlive).toBe(true);
    await expect(thread.run(batch, 20_000)).resolves.toHaveLength(768);
    await thread.close();
  });
});

describe('A damaged model', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'model-'));
    for (const file of ['model.onnx', 'tokenizer.json']) {
      copyFileSync(join(bundledModelDirectory(), file), join(directory, file));
    }
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it.each(['model.onnx', 'tokenizer.json'])('is refused with the name of the file and the remedy: %s', async (file) => {
    truncateSync(join(directory, file), 1_000);
    const embedder = createLocalEmbedder({ modelDirectory: directory, threads: 1 });
    const error = {
      code: 'EMBEDDING_MODEL_DAMAGED',
      message: expect.stringMatching(`${file}.*install the package again`) as string,
    };
    await expect(embedder.checkHealth(callContext(20_000))).rejects.toMatchObject(error);
    await expect(embedder.embedBatch(['x'], 'query', callContext(20_000))).rejects.toMatchObject(error);
    await embedder.close();
  });

  it('is refused when a file is missing', async () => {
    rmSync(join(directory, 'model.onnx'));
    const embedder = createLocalEmbedder({ modelDirectory: directory, threads: 1 });
    await expect(embedder.ready()).rejects.toMatchObject({
      code: 'EMBEDDING_MODEL_DAMAGED',
      params: { file: 'model.onnx' },
    });
    await embedder.close();
  });
});
