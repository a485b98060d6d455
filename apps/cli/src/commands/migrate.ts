import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command, Option } from 'commander';
import ora from 'ora';
import pc from 'picocolors';

import { loadConfig } from '@acervo/config';

import { carryKeys } from '../migrate/carry-keys';
import { runMigration, type MigratedCollection } from '../migrate/run-migration';
import { targetSettings, type TargetOptions } from '../migrate/target-settings';
import { withEngines } from '../with-engines';
import { parseCount } from './option-parsers';

interface Options extends TargetOptions {
  readonly collection?: readonly string[];
  readonly samples: number;
  readonly json?: true;
}

/** Exits with 1 when both sides are not alike at the end. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'carry collections with their vectors, and API keys, to another store; run it again to go on or to carry changes',
    )
    .addOption(new Option('--to-store <store>', 'where to').choices(['sqlite', 'postgres']).makeOptionMandatory())
    .option('--to-database-url <url>', 'of Postgres')
    .option('--to-database-url-file <path>', 'the same in a file')
    .option('--to-data-dir <folder>', 'of SQLite, and of an embedded vector index')
    .option('--to-vector-index <engine>', 'default: pgvector with Postgres, embedded with SQLite')
    .option('--to-chroma-url <url>', 'default: CHROMA_URL')
    .option('-c, --collection <name>', 'repeat for several (default: all)', (name: string, before?: string[]) => [
      ...(before ?? []),
      name,
    ])
    .option('--samples <n>', 'searches that are compared in each collection', parseCount, 21)
    .option('--json', 'print JSON')
    .action(migrate);
}

async function migrate({ collection, samples, json, ...to }: Options): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'acervo-migrate-'));
  try {
    const { config } = loadConfig();
    const settings = targetSettings(to, config, scratch);
    const migrated = await withEngines({ ENABLE_CACHE: 'false' }, async ({ engines: source, context }) =>
      withEngines(settings, async ({ engines: target }) => {
        const names = collection ?? (await source.store.listCollections(context)).map(({ name }) => name);
        const all: MigratedCollection[] = [];
        for (const name of names) {
          const spinner = ora({ text: `${name}: reading`, isEnabled: process.stderr.isTTY }).start();
          try {
            all.push(
              await runMigration(source, target, name, samples, context, (_, { documents, total, copied }) => {
                spinner.text = `${name}: ${documents} of ${total} documents, ${copied} carried`;
              }),
            );
          } finally {
            spinner.stop();
          }
        }
        return all;
      }),
    );
    const keys = await carryKeys(config, loadConfig(undefined, undefined, settings).config);
    const text = `${migrated.map(render).join('')}${keys} API keys carried by this run\n`;
    process.stdout.write(json === true ? `${JSON.stringify({ collections: migrated, keys }, undefined, 2)}\n` : text);
    if (migrated.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function render({ collection, documents, chunks, copied, comparison, differences }: MigratedCollection): string {
  const { searches, identical, agreement } = comparison;
  const verdict = differences.length === 0 ? pc.green('alike') : pc.red(`not alike: ${differences.join('; ')}`);
  return (
    `${collection}: ${documents} documents, ${chunks} passages, ${copied} documents carried by this run\n` +
    `  ${identical} of ${searches} searches equal, ${(agreement * 100).toFixed(1)} % of ranks agree: ${verdict}\n`
  );
}
