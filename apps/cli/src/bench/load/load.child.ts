/** The load generator as a process of its own: its work must not delay the one that measures, nor the server. */
import { generateLoad, type GeneratorReport } from './generator';
import { HttpSender } from './http-sender';
import type { LoadOrder } from './load-order';
import { preciseClock } from './precise-clock';

export interface LoadReport extends GeneratorReport {
  /** Processor seconds a second of the generator's process: 1 is a whole core. */
  readonly cpuShare: number;
  /** When the first request was due, since the epoch. */
  readonly startedAtMs: number;
}

export type LoadMessage =
  | { readonly kind: 'second'; readonly elapsedMs: number; readonly ended: number }
  | { readonly kind: 'report'; readonly report: LoadReport };

const tell = (message: LoadMessage): void => {
  process.send?.(message);
};

async function run(order: LoadOrder): Promise<void> {
  const sender = new HttpSender(order);
  const startedAtMs = performance.timeOrigin + performance.now();
  const before = process.cpuUsage();
  const generated = await generateLoad(order, preciseClock, sender.send, (elapsedMs, ended) => {
    tell({ kind: 'second', elapsedMs, ended });
  });
  const { user, system } = process.cpuUsage(before);
  await sender.close();
  const cpuShare = (user + system) / 1_000 / generated.elapsedMs;
  tell({ kind: 'report', report: { ...generated, cpuShare, startedAtMs } });
}

process.on('message', (order: LoadOrder) => {
  void run(order);
});
process.once('disconnect', () => process.exit());
