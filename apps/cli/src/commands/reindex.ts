import { Command } from 'commander';
import ora from 'ora';

import { reindex } from '@acervo/ingest';

import { withEngines } from '../with-engines';

export function reindexCommand(): Command {
  return new Command('reindex')
    .description('rebuild a collection from its stored texts, after the model or the chunking changed')
    .option('-c, --collection <name>', 'default: COLLECTION_NAME')
    .action(async ({ collection }: { collection?: string }) => {
      await withEngines({}, async ({ config, engines, context }) => {
        const name = collection ?? config.COLLECTION_NAME;
        const spinner = ora({ text: `${name}: reading`, isEnabled: process.stderr.isTTY }).start();
        for await (const event of reindex(engines, name, context)) {
          if (event.type === 'progress') {
            spinner.text = `${name}: ${event.documents} of ${event.total} documents, ${event.embedded} passages embedded`;
          } else {
            const { documents, chunks, embeddingModel, chunking } = event.collection;
            const built = `${embeddingModel}, ${chunking.size}/${chunking.overlap}`;
            spinner.stop();
            process.stdout.write(`${name}: ${documents} documents, ${chunks} chunks, built with ${built}\n`);
          }
        }
      });
    });
}
