import { PermitLog } from './permit-log';

/**
 * Logs by key, at most `maxKeys`, in the order of use. The order is a list of its own: a `Map` whose entries are moved to
 * the end by delete and set leaves holes that finding its first entry must walk over, most of all under a flood of keys.
 */
export class LogTable {
  private readonly logs = new Map<string, PermitLog>();
  private oldest: PermitLog | undefined;
  private newest: PermitLog | undefined;

  constructor(private readonly maxKeys: number) {}

  get size(): number {
    return this.logs.size;
  }

  /** The log, now the most recently used. */
  touch(key: string, nowMs: number): PermitLog | undefined {
    const log = this.logs.get(key);
    if (log === undefined) return undefined;
    log.touchedAtMs = nowMs;
    if (log !== this.newest) {
      this.unlink(log);
      this.append(log);
    }
    return log;
  }

  /** A new log; the least recently used one goes when there are too many. */
  add(key: string, nowMs: number): PermitLog {
    if (this.logs.size >= this.maxKeys && this.oldest !== undefined) this.remove(this.oldest);
    const log = new PermitLog(key);
    log.touchedAtMs = nowMs;
    this.logs.set(key, log);
    this.append(log);
    return log;
  }

  /** Removes what was last used at `horizonMs` or before. O(removed). */
  removeUntil(horizonMs: number): void {
    while (this.oldest !== undefined && this.oldest.touchedAtMs <= horizonMs) this.remove(this.oldest);
  }

  clear(): void {
    this.logs.clear();
    this.oldest = this.newest = undefined;
  }

  private remove(log: PermitLog): void {
    this.logs.delete(log.key);
    this.unlink(log);
  }

  private append(log: PermitLog): void {
    log.older = this.newest;
    log.newer = undefined;
    if (this.newest === undefined) this.oldest = log;
    else this.newest.newer = log;
    this.newest = log;
  }

  private unlink(log: PermitLog): void {
    if (log.older === undefined) this.oldest = log.newer;
    else log.older.newer = log.newer;
    if (log.newer === undefined) this.newest = log.older;
    else log.newer.older = log.older;
  }
}
