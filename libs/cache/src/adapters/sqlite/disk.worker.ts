/** Entry of the disk thread: one method of CacheFile a task. */
import { workerData } from 'node:worker_threads';

import { toWireError, type WireError } from '@acervo/kernel';

import type { TierWrite } from '../../cache-tier';

import { CacheFile, type RebuildReason } from './cache-file';

export type DiskTask =
  | { readonly kind: 'get'; readonly keys: readonly string[]; readonly nowMs: number }
  | { readonly kind: 'set'; readonly writes: readonly TierWrite[]; readonly nowMs: number }
  | { readonly kind: 'delete'; readonly keys: readonly string[] }
  | { readonly kind: 'clear'; readonly prefix: string }
  | { readonly kind: 'usage' }
  | { readonly kind: 'close' };

export type DiskReply = ({ readonly value: unknown } | { readonly error: WireError }) & {
  /** What became of the file since the last reply. */
  readonly rebuilt?: readonly RebuildReason[];
};

export interface DiskWorkerData {
  readonly path: string;
  readonly maxBytes: number;
}

let file: CacheFile | undefined;
let rebuilt: RebuildReason[] = [];

export default function runTask(task: DiskTask): DiskReply {
  const reply = attempt(task);
  if (rebuilt.length === 0) return reply;
  const reasons = rebuilt;
  rebuilt = [];
  return { ...reply, rebuilt: reasons };
}

function attempt(task: DiskTask): DiskReply {
  try {
    return { value: perform(task) };
  } catch (error) {
    return { error: toWireError(error) };
  }
}

function perform(task: DiskTask): unknown {
  if (task.kind === 'close') {
    file?.close();
    file = undefined;
    return undefined;
  }
  file ??= new CacheFile({ ...(workerData as DiskWorkerData), onRebuilt: (reason) => rebuilt.push(reason) });
  switch (task.kind) {
    case 'get':
      return file.getMany(task.keys, task.nowMs);
    case 'set':
      file.setMany(task.writes, task.nowMs);
      return undefined;
    case 'delete':
      file.deleteMany(task.keys);
      return undefined;
    case 'clear':
      file.clear(task.prefix);
      return undefined;
    case 'usage':
      return file.usage();
  }
}
