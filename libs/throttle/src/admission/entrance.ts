/**
 * Counts who is between the door and the permit, so that the door can refuse before a request has cost anything.
 *
 * Admission learns of a search when it has been parsed, identified and looked up; in a storm hundreds are on their way
 * by then. Here each counts from the door to its answer, and no more are let in than may run and wait. As in the line, a
 * client has no more than it leaves free. Equal requests count once: one of them computes for all.
 */
import type { Admission } from './admission';
import type { WorkClass } from './class-turns';

export class Entrance {
  private readonly clients = new Map<string, number>();
  private readonly keys = new Map<string, number>();

  constructor(
    private readonly admission: Pick<Admission, 'capacity' | 'refusesFor' | 'retryAfterSeconds'>,
    private readonly workClass: WorkClass,
  ) {}

  /** Different requests on their way. */
  get size(): number {
    return this.keys.size;
  }

  /** 0: let it in, else the Retry-After in seconds. Cost: well under a microsecond. */
  refusesFor(key: string, client: string, leftMs: number): number {
    const { size } = this;
    if (size === 0 || this.keys.has(key)) return 0;
    const isFull = (this.clients.get(client) ?? 0) >= this.admission.capacity - size;
    if (isFull) return this.admission.retryAfterSeconds(this.workClass, size);
    return this.admission.refusesFor(this.workClass, client, leftMs);
  }

  /** The answer is to be called when the request is over, once. */
  enter(key: string, client: string): () => void {
    add(this.clients, client, 1);
    add(this.keys, key, 1);
    return () => {
      add(this.clients, client, -1);
      add(this.keys, key, -1);
    };
  }
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
