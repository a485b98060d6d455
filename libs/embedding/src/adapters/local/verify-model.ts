/**
 * Checks the bundled model against its golden vectors: `npm run verify-model`, after a build.
 * For builds and images: exit code 1 when a file is damaged, a token id differs, or a cosine falls below 0.999
 * (rounding of 8-bit activations differs between processors, identity does not).
 */
import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { callContext } from '@acervo/kernel';

import type { TextKind } from '../../embedder';

import { createLocalEmbedder } from './local-embedder';
import { bundledModelDirectory, verifyModelFile } from './model-files';
import { UnigramTokenizer } from './unigram-tokenizer';

const goldenFile = z.object({
  texts: z.array(
    z.object({
      prefix: z.enum(['query: ', 'passage: ']),
      text: z.string(),
      ids: z.array(z.int()),
      embedding: z.array(z.number()),
    }),
  ),
});

export interface GoldenReport {
  readonly texts: number;
  readonly lowestCosine: number;
  /** Texts whose token ids differ from the recorded ones. */
  readonly differentIds: readonly string[];
}

const LEAST_COSINE = 0.999;
const TIMEOUT_MS = 60_000;

/** Embeds the recorded texts one by one, about 5 s. Errors: EMBEDDING_MODEL_DAMAGED. */
export async function verifyGoldenVectors(directory: string = bundledModelDirectory()): Promise<GoldenReport> {
  const golden = goldenFile.parse(JSON.parse(await readFile(await verifyModelFile(directory, 'golden.json'), 'utf8')));
  const tokenizer = new UnigramTokenizer(await readFile(await verifyModelFile(directory, 'tokenizer.json'), 'utf8'));
  const embedder = createLocalEmbedder({ modelDirectory: directory, threads: 1 });
  const context = callContext(TIMEOUT_MS);
  try {
    let lowestCosine = 1;
    const differentIds: string[] = [];
    for (const { prefix, text, ids, embedding } of golden.texts) {
      if (tokenizer.encode(prefix + text, 512).join() !== ids.join()) differentIds.push(text);
      const kind: TextKind = prefix === 'query: ' ? 'query' : 'passage';
      lowestCosine = Math.min(lowestCosine, cosine(await embedder.embedBatch([text], kind, context), embedding));
    }
    return { texts: golden.texts.length, lowestCosine, differentIds };
  } finally {
    await embedder.close();
  }
}

function cosine(a: Float32Array, b: readonly number[]): number {
  const dot = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

if (require.main === module) {
  verifyGoldenVectors().then(
    ({ texts, lowestCosine, differentIds }) => {
      console.log(
        `${texts} texts, lowest cosine ${lowestCosine.toFixed(6)}, different token ids in ${differentIds.length}`,
      );
      if (lowestCosine < LEAST_COSINE || differentIds.length > 0) process.exitCode = 1;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
