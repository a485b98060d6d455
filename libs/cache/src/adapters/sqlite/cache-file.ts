/**
 * The cache's one SQLite file, on the disk thread. It holds nothing that cannot be made again: a file that is damaged,
 * foreign or of another layout is removed and begun anew, at opening and whenever SQLite finds damage later. Who has the
 * removed file open, such as an older program beside its successor, goes on with it unseen until it looks for the new one.
 */
import { rmSync, statSync } from 'node:fs';

import { openDatabase, type Connection, type Statement } from '@acervo/sqlite';

import type { TierWrite } from '../../cache-tier';

export interface CacheFileOptions {
  readonly path: string;
  /** Of the file's pages in use; the log beside it takes up to 8 MiB more for a moment. */
  readonly maxBytes: number;
  /** Told why, whenever the file was thrown away and begun anew; for the log. */
  readonly onRebuilt?: (reason: RebuildReason) => void;
}

/** `damaged`: SQLite cannot read it. `foreign`: of another program or another layout. */
export type RebuildReason = 'damaged' | 'foreign';

interface Statements {
  readonly get: Statement;
  readonly put: Statement;
  readonly touch: Statement;
  readonly remove: Statement;
  readonly clear: Statement;
  readonly expire: Statement;
  readonly evict: Statement;
  readonly count: Statement;
}

/** "AcCa". */
const APPLICATION_ID = 0x41634361;
const LAYOUT = 1;
const BUSY_TIMEOUT_MS = 200;
/** What is evicted beyond need, so that not every batch evicts. */
const SLACK = 0.05;
const MAX_TOUCHED = 10_000;
const EVICTED_AT_ONCE = 64;
const SWEEP_EVERY_MS = 60_000;
/** A use is worth a write once an hour at most. */
const TOUCH_AFTER_MS = 3_600_000;

export class CacheFile {
  private database: Connection;
  private statements: Statements;
  private readonly touched = new Set<number>();
  private sweptAtMs = 0;
  /** Of the open file; another one lies at the path when another process has thrown ours away. */
  private inode = 0;
  private evictions = 0;
  private rebuilt = 0;

  constructor(private readonly options: CacheFileOptions) {
    this.database = this.openOrRebuild();
    this.statements = prepare(this.database);
  }

  getMany(keys: readonly string[], nowMs: number): (Buffer | undefined)[] {
    return this.guarded(
      () =>
        keys.map((key) => {
          const row = this.statements.get.get(key, nowMs) as { id: number; value: Buffer; used: number } | undefined;
          if (row === undefined) return undefined;
          if (nowMs - row.used > TOUCH_AFTER_MS && this.touched.size < MAX_TOUCHED) this.touched.add(row.id);
          return row.value;
        }),
      () => keys.map(() => undefined),
    );
  }

  setMany(writes: readonly TierWrite[], nowMs: number): void {
    this.guarded(
      () => {
        this.database.transaction(() => {
          for (const id of this.touched) this.statements.touch.run(nowMs, id);
          this.touched.clear();
          for (const { key, bytes, expiresAtMs } of writes) this.statements.put.run(key, bytes, expiresAtMs, nowMs);
        })();
        this.shrink(nowMs);
      },
      () => undefined,
    );
  }

  deleteMany(keys: readonly string[]): void {
    this.guarded(
      () => {
        this.database.transaction(() => {
          for (const key of keys) this.statements.remove.run(key);
        })();
      },
      () => undefined,
    );
  }

  /** Also from the log, so that nothing of a deleted text stays on the disk. */
  clear(prefix: string): void {
    this.guarded(
      () => {
        // Keys are ASCII: the largest character ends every range.
        this.statements.clear.run(prefix, `${prefix}\u{10ffff}`);
        this.database.pragma('wal_checkpoint(TRUNCATE)');
      },
      () => undefined,
    );
  }

  usage(): { entries: number; bytes: number; evictions: number; rebuilt: number; refusedWrites: number } {
    const { evictions, rebuilt } = this;
    return this.guarded(
      () => ({
        entries: (this.statements.count.get() as { entries: number }).entries,
        bytes: this.usedBytes(),
        ...{ evictions, rebuilt, refusedWrites: 0 },
      }),
      () => ({ entries: 0, bytes: 0, evictions, rebuilt, refusedWrites: 0 }),
    );
  }

  close(): void {
    this.database.close();
  }

  private shrink(nowMs: number): void {
    if (nowMs - this.sweptAtMs >= SWEEP_EVERY_MS) {
      this.sweptAtMs = nowMs;
      if (this.isReplaced()) {
        this.database.close();
        this.database = this.openOrRebuild();
        this.statements = prepare(this.database);
      }
      this.statements.expire.run(nowMs);
    }
    if (this.usedBytes() <= this.options.maxBytes) return;
    this.statements.expire.run(nowMs);
    while (this.usedBytes() > this.options.maxBytes * (1 - SLACK)) {
      const { changes } = this.statements.evict.run(EVICTED_AT_ONCE);
      if (changes === 0) break;
      this.evictions += changes;
    }
    this.database.pragma('incremental_vacuum');
  }

  private usedBytes(): number {
    const pages = this.database.pragma('page_count', { simple: true }) as number;
    const free = this.database.pragma('freelist_count', { simple: true }) as number;
    return (pages - free) * (this.database.pragma('page_size', { simple: true }) as number);
  }

  private guarded<T>(work: () => T, afterDamage: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.database.close();
      // What is there now need not be damaged: ours was thrown away already.
      this.database = this.isReplaced() ? this.openOrRebuild() : this.rebuild('damaged');
      this.statements = prepare(this.database);
      return afterDamage();
    }
  }

  private openOrRebuild(): Connection {
    let database: Connection | undefined;
    let reason: RebuildReason = 'damaged';
    try {
      database = this.open();
      if (isOurs(database)) return database;
      reason = 'foreign';
    } catch (error) {
      if (!isDamage(error)) {
        database?.close();
        throw error;
      }
    }
    database?.close();
    return this.rebuild(reason);
  }

  private open(): Connection {
    const database = open(this.options.path);
    this.inode = statSync(this.options.path).ino;
    return database;
  }

  private isReplaced(): boolean {
    return statSync(this.options.path, { throwIfNoEntry: false })?.ino !== this.inode;
  }

  private rebuild(reason: RebuildReason): Connection {
    this.rebuilt += 1;
    this.touched.clear();
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(this.options.path + suffix, { force: true });
    const database = this.open();
    this.options.onRebuilt?.(reason);
    return database;
  }
}

function open(path: string): Connection {
  const database = openDatabase(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const isNew = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (isNew) {
      database.pragma('auto_vacuum = INCREMENTAL');
      database.pragma('journal_mode = WAL');
      database.exec(`BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS entry (
          id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, expires REAL NOT NULL, used REAL NOT NULL, value BLOB NOT NULL
        ) STRICT;
        CREATE INDEX IF NOT EXISTS entry_expires ON entry (expires);
        CREATE INDEX IF NOT EXISTS entry_used ON entry (used);
        PRAGMA application_id = ${APPLICATION_ID};
        PRAGMA user_version = ${LAYOUT};
        COMMIT;`);
    }
    database.pragma('synchronous = NORMAL');
    database.pragma('secure_delete = ON');
    database.pragma('cache_size = -8192');
    database.pragma('journal_size_limit = 8388608');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isOurs(database: Connection): boolean {
  return (
    database.pragma('application_id', { simple: true }) === APPLICATION_ID &&
    database.pragma('user_version', { simple: true }) === LAYOUT &&
    database.pragma('schema_version', { simple: true }) !== 0
  );
}

function prepare(database: Connection): Statements {
  return {
    get: database.prepare('SELECT id, value, used FROM entry WHERE key = ? AND expires > ?'),
    put: database.prepare(
      `INSERT INTO entry (key, value, expires, used) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires, used = excluded.used`,
    ),
    touch: database.prepare('UPDATE entry SET used = ? WHERE id = ?'),
    remove: database.prepare('DELETE FROM entry WHERE key = ?'),
    clear: database.prepare('DELETE FROM entry WHERE key >= ? AND key < ?'),
    expire: database.prepare('DELETE FROM entry WHERE expires <= ?'),
    evict: database.prepare('DELETE FROM entry WHERE id IN (SELECT id FROM entry ORDER BY used, id LIMIT ?)'),
    count: database.prepare('SELECT count(*) AS entries FROM entry'),
  };
}

/** By its code: the class of the native module need not be the one of this import. SQLITE_ERROR: a table is missing. */
function isDamage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return /^SQLITE_(CORRUPT|NOTADB|ERROR$|MISMATCH|CONSTRAINT)/.test(String(error.code));
}
