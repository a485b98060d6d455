import { join } from 'node:path';
import type { Logger } from 'pino';

import type { AcervoConfig } from '@acervo/config';
import { ingestPaths } from '@acervo/ingest';
import { callContext, packageRoot } from '@acervo/kernel';

import type { Engines } from './engines';

const timeoutMs = 30 * 60_000;
const progressEveryMs = 2_000;

/** Indexes the manual that comes with Acervo; a later start reads only what changed. Progress goes to the log. */
export async function indexSampleCorpus(
  { COLLECTION_NAME: collection }: Pick<AcervoConfig, 'COLLECTION_NAME'>,
  engines: Engines,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const paths = ['docs/en', 'docs/pt'].map((folder) => ({
    path: join(packageRoot(__dirname), folder),
    sourcePrefix: `${folder}/`,
  }));
  let shownMs = performance.now();
  for await (const event of ingestPaths(engines, paths, { collection, prune: true }, callContext(timeoutMs, signal))) {
    switch (event.type) {
      case 'embedded':
        if (performance.now() - shownMs < progressEveryMs) break;
        shownMs = performance.now();
        logger.info(`indexing the manual: ${event.chunks} passages so far`);
        break;
      case 'skipped':
      case 'unreadable':
        logger.warn(`the manual: ${event.error.message}`);
        break;
      case 'finished': {
        const { indexed, unchanged, removed, chunks, seconds } = event.summary;
        const counts = `${indexed} pages indexed, ${unchanged} unchanged, ${removed} removed`;
        logger.info(`the manual is searchable: ${counts}, ${chunks} passages in ${seconds.toFixed(1)} s`);
        break;
      }
      default:
    }
  }
}
