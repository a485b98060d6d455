import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Piscina } from 'piscina';

import { fromWireError, workerEntry } from '@acervo/kernel';

import { CacheTier, type ReleaseLease, type TierUsage, type TierWrite } from '../../cache-tier';

import type { CacheFileOptions } from './cache-file';
import type { DiskReply, DiskTask, DiskWorkerData } from './disk.worker';

export interface DiskTierOptions extends CacheFileOptions {
  readonly now?: () => number;
}

const MAX_WAITING = 256;

/** Values in one SQLite file that outlives the process, on a thread of its own. Several processes may share the file. */
export class DiskTier extends CacheTier {
  override readonly name = 'disk';
  override readonly isShared = false;
  private readonly pool: Piscina<DiskTask, DiskReply>;
  private readonly now: () => number;
  private isClosed = false;
  private readonly onRebuilt: DiskTierOptions['onRebuilt'];

  constructor({ path, maxBytes, now, onRebuilt }: DiskTierOptions) {
    super();
    this.now = now ?? Date.now;
    this.onRebuilt = onRebuilt;
    this.pool = new Piscina<DiskTask, DiskReply>({
      ...workerEntry(__dirname, 'disk.worker'),
      minThreads: 1,
      maxThreads: 1,
      maxQueue: MAX_WAITING,
      workerData: { path, maxBytes } satisfies DiskWorkerData,
    });
  }

  override async getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const values = (await this.run({ kind: 'get', keys, nowMs: this.now() })) as (Uint8Array | undefined)[];
    // Crossing the thread made plain arrays of them.
    return values.map((value) => value && Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }

  override async setMany(writes: readonly TierWrite[]): Promise<void> {
    await this.run({ kind: 'set', writes, nowMs: this.now() });
  }

  override async deleteMany(keys: readonly string[]): Promise<void> {
    await this.run({ kind: 'delete', keys });
  }

  override async clear(prefix: string): Promise<void> {
    await this.run({ kind: 'clear', prefix });
  }

  override async tryLease(): Promise<ReleaseLease | undefined> {
    return await Promise.reject(new Error('The disk tier gives no leases.'));
  }

  override async usage(): Promise<TierUsage> {
    return (await this.run({ kind: 'usage' })) as TierUsage;
  }

  override async checkHealth(): Promise<void> {
    await this.run({ kind: 'get', keys: [], nowMs: this.now() });
  }

  /** The thread opens the file again with the next call, if it could not before. */
  override recover(): void {
    return;
  }

  override async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.pool.run({ kind: 'close' });
    await this.pool.destroy();
  }

  private async run(task: DiskTask): Promise<unknown> {
    if (this.isClosed) throw new Error('The disk tier is closed.');
    const reply = await this.pool.run(task);
    for (const reason of reply.rebuilt ?? []) this.onRebuilt?.(reason);
    if ('error' in reply) throw fromWireError(reply.error);
    return reply.value;
  }
}

/** Opens or begins the file. Rejects when the folder cannot be written. */
export async function createDiskTier(options: DiskTierOptions): Promise<DiskTier> {
  await mkdir(dirname(options.path), { recursive: true });
  const tier = new DiskTier(options);
  try {
    await tier.checkHealth();
    return tier;
  } catch (error) {
    await tier.close();
    throw error;
  }
}
