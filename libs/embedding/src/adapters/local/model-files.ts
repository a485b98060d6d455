import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { packageRoot } from '@acervo/kernel';
import { fail } from '@acervo/problem';

/** The bundled model: multilingual-e5-small pruned to English and Portuguese; see PROVENANCE.md beside the files. */
export const localModel = {
  name: 'e5-small-enpt',
  dimensions: 384,
  maxTokens: 512,
  padId: 1,
  files: {
    'model.onnx': '35198ee15bfebcd3936678926f5bada2f0194e02fe6f4a930760ce492f9d3366',
    'tokenizer.json': 'fcd8029ee29e63022a2ffb10c0e9c555431e079e276e2d1abc3efd9d73039abb',
    'golden.json': 'a50db8684602b3c58013acce0c40a42cb7c3855d16dabdf2a9f2dda1bf6bbdf7',
  },
} as const;

const HASH_BUFFER_BYTES = 1 << 20;

export type ModelFile = keyof typeof localModel.files;

/** The same from source and from a built tree. */
export function bundledModelDirectory(): string {
  return join(packageRoot(__dirname), 'libs/embedding/models', localModel.name);
}

/**
 * Compares a model file with the checksum it was released with; 32 MB take about 25 ms, streamed.
 * Errors: EMBEDDING_MODEL_DAMAGED, naming the file.
 */
export async function verifyModelFile(directory: string, file: ModelFile): Promise<string> {
  const path = join(directory, file);
  let checksum: string;
  try {
    checksum = await sha256(path);
  } catch (error) {
    throw fail(
      'EMBEDDING_MODEL_DAMAGED',
      `The model file ${path} cannot be read; install the package again, or check its permissions.`,
      { file },
      error,
    );
  }
  if (checksum !== localModel.files[file]) {
    throw fail(
      'EMBEDDING_MODEL_DAMAGED',
      `The checksum of the model file ${path} does not match; install the package again.`,
      { file },
    );
  }
  return path;
}

/** With one buffer: a stream would leave as many bytes of garbage as the file has. */
async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(HASH_BUFFER_BYTES);
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
