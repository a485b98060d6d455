/** Some questions asked of one pair of stores, one by one. */
export interface Turn {
  readonly stores: string;
  readonly admittedPercent: number;
  /** Of this process, all threads. */
  readonly cpuMs: number;
  /** Of the servers; NaN: not measured. */
  readonly serverMs: number;
  readonly walls: readonly number[];
  /** Ids of the passages, for each question. */
  readonly found: readonly (readonly string[])[];
}

export interface StoresFigures {
  readonly stores: string;
  /** Of the passages, by the filter; 100: without one. */
  readonly admittedPercent: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of this process for one search, the embedding of the question included. */
  readonly cpuMs: number;
  /** Of Postgres and Chroma for one search; null: not measured. */
  readonly serverCpuMs: number | null;
  /** Part of what the stores of the first turn found for the same questions. */
  readonly overlap: number;
}

/** One row for each pair of stores and filter, in the order in which they first appear. */
export function summarise(turns: readonly Turn[]): StoresFigures[] {
  const first = turns[0]?.stores;
  const groups = new Map<string, Turn[]>();
  for (const turn of turns) {
    const name = `${turn.admittedPercent} ${turn.stores}`;
    groups.set(name, [...(groups.get(name) ?? []), turn]);
  }
  return [...groups.values()].flatMap((group) => {
    const [one] = group;
    if (one === undefined) return [];
    const { stores, admittedPercent } = one;
    const walls = group.flatMap((turn) => turn.walls).sort((a, b) => a - b);
    const at = (part: number): number => walls[Math.floor(part * (walls.length - 1))] ?? NaN;
    const serverMs = sum(group.map((turn) => turn.serverMs)) / walls.length;
    return {
      ...{ stores, admittedPercent, p50Ms: at(0.5), p95Ms: at(0.95) },
      cpuMs: sum(group.map((turn) => turn.cpuMs)) / walls.length,
      serverCpuMs: Number.isNaN(serverMs) ? null : serverMs,
      overlap: overlapOf(group, groups.get(`${admittedPercent} ${first}`) ?? []),
    };
  });
}

function overlapOf(turns: readonly Turn[], models: readonly Turn[]): number {
  const found = turns.flatMap((turn) => turn.found);
  const wanted = models.flatMap((turn) => turn.found);
  const shared = found.map((ids, nth) => ids.filter((id) => wanted[nth]?.includes(id)).length);
  return sum(shared) / sum(wanted.map((ids) => ids.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
