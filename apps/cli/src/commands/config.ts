import Table from 'cli-table3';
import { Command } from 'commander';

import { describeConfig, loadConfig } from '@acervo/config';

export function configCommand(): Command {
  return new Command('config')
    .description('print what is in force and where each value came from')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      const described = describeConfig(loadConfig());
      if (json === true) {
        process.stdout.write(`${JSON.stringify(described, undefined, 2)}\n`);
        return;
      }
      const table = new Table({ head: ['name', 'value', 'from'], style: { head: ['cyan'], compact: true } });
      for (const { name, value, origin } of described) table.push([name, show(value), origin]);
      process.stdout.write(`${table.toString()}\n`);
    });
}

function show(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
