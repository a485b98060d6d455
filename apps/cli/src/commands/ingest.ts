import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import pc from 'picocolors';

import { ingestPaths, type IngestEvent, type IngestSummary } from '@acervo/ingest';

import { withEngines } from '../with-engines';

interface Options {
  readonly collection?: string;
  readonly prune?: true;
  readonly force?: true;
  readonly json?: true;
}

export function ingestCommand(): Command {
  return new Command('ingest')
    .description('index files and folders: Markdown, text, HTML, PDF, DOCX, CSV, JSON, JSONL')
    .argument('<path...>', 'files or folders')
    .option('-c, --collection <name>', 'default: COLLECTION_NAME')
    .option('--prune', 'remove documents whose files are gone from these paths')
    .option('--force', 'read every file, changed or not')
    .option('--json', 'print the summary as JSON')
    .action(ingest);
}

async function ingest(paths: readonly string[], { collection, prune, force, json }: Options): Promise<void> {
  await withEngines({}, async ({ config, engines, context }) => {
    const name = collection ?? config.COLLECTION_NAME;
    const options = { collection: name, prune: prune === true, force: force === true };
    const progress = new Progress(json !== true && process.stdout.isTTY);
    for await (const event of ingestPaths(engines, paths, options, context)) {
      progress.show(event);
      if (event.type === 'finished') {
        progress.stop();
        process.stdout.write(
          json === true ? `${JSON.stringify(event.summary)}\n` : renderSummary(name, event.summary, progress),
        );
      }
    }
    if (progress.problems.length > 0) process.exitCode = 2;
  });
}

class Progress {
  readonly problems: string[] = [];
  readonly missing: string[] = [];
  private readonly bar: SingleBar | undefined;
  private readonly startedMs = performance.now();

  constructor(isShown: boolean) {
    if (!isShown) return;
    const format = '  {bar} {value}/{total} files · {chunks} chunks · {rate} chunks/s';
    this.bar = new SingleBar({ format, hideCursor: true, barsize: 30 });
  }

  show(event: IngestEvent): void {
    switch (event.type) {
      case 'scanned':
        this.bar?.start(event.files, 0, { chunks: 0, rate: '–' });
        return;
      case 'embedded': {
        const seconds = (performance.now() - this.startedMs) / 1_000;
        this.bar?.update({ chunks: event.chunks, rate: (event.chunks / seconds).toFixed(1) });
        return;
      }
      case 'indexed':
      case 'unchanged':
      case 'duplicate':
        this.bar?.increment();
        return;
      case 'skipped':
        this.bar?.increment();
        this.problems.push(`${event.source}: ${event.error.message}`);
        return;
      case 'unreadable':
        this.problems.push(event.error.message);
        return;
      case 'missing':
        this.missing.push(event.source);
        return;
      case 'removed':
      case 'finished':
        return;
    }
  }

  stop(): void {
    this.bar?.stop();
  }
}

const maxListed = 20;

function renderSummary(collection: string, summary: IngestSummary, { problems, missing }: Progress): string {
  const rate = `${summary.chunksPerSecond.toFixed(1)} chunks/s, ${summary.seconds.toFixed(1)} s`;
  const lines = [
    `${pc.bold(collection)}: ${summary.files} files · ${pc.green(`${summary.indexed} indexed`)} · ${summary.unchanged} unchanged · ${summary.duplicates} duplicates · ${summary.removed} removed`,
    `  ${summary.chunks} chunks, ${summary.embedded} embedded anew (${rate})`,
    ...listed('skipped', problems, pc.yellow),
    ...listed('gone from disk, still searchable (--prune removes them)', missing, pc.yellow),
  ];
  return `${lines.join('\n')}\n`;
}

function listed(what: string, items: readonly string[], colour: (text: string) => string): string[] {
  if (items.length === 0) return [];
  const rest = items.length > maxListed ? [`    … and ${items.length - maxListed} more`] : [];
  return [colour(`  ${items.length} ${what}:`), ...items.slice(0, maxListed).map((item) => `    ${item}`), ...rest];
}
