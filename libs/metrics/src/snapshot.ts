import type { Family } from './family';
import { countedBy, mergeFamilies } from './merge-families';
import { mergeRecent, type RecentRequests } from './recent-requests';
import { mergeSamples, type Sample } from './sample';

/** All that a process has measured: plain data, for other processes as well. */
export interface MetricsSnapshot {
  readonly startedAtMs: number;
  readonly families: readonly Family[];
  /** Gauges that only one of the two forms needs. */
  readonly rates: readonly Family[];
  readonly recent: RecentRequests;
  readonly samples: readonly Sample[];
  /** Of those that should have answered, in this process. */
  readonly unavailable: readonly string[];
}

/** Several processes as one. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  return {
    startedAtMs: Math.min(...snapshots.map(({ startedAtMs }) => startedAtMs)),
    families: mergeFamilies(snapshots.flatMap(({ families }) => families)),
    rates: mergeFamilies(snapshots.flatMap(({ rates }) => rates)),
    recent: mergeRecent(snapshots.map(({ recent }) => recent)),
    samples: mergeSamples(snapshots.map(({ samples }) => samples)),
    unavailable: [...new Set(snapshots.flatMap(({ unavailable }) => unavailable))],
  };
}

/** What goes on counting of a process that died: so no total falls. */
export function remainsOf(snapshot: MetricsSnapshot): MetricsSnapshot {
  return { ...snapshot, families: countedBy(snapshot.families), rates: [], unavailable: [] };
}
