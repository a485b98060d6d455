import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

import { version } from '@acervo/api';

/** Without them a figure says nothing. */
export interface Conditions {
  readonly acervo: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last minute, when the measurement began: other programs count. */
  readonly loadAverage: number;
  readonly at: string;
  readonly command: string;
}

export function conditionsNow(): Conditions {
  return {
    acervo: version,
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    at: new Date().toISOString(),
    command: ['acervo', ...process.argv.slice(2)].join(' ').replace(/(--(?:key|database-url)[ =])\S+/g, '$1…'),
  };
}
