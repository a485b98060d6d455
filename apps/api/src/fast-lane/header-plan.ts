import type { ServerResponse } from 'node:http';

/** What each answer has of its own, by the name of its header. */
export type OwnHeaders<Slot extends string> = Readonly<Record<Slot, string>>;

const timing = 'Server-Timing';

/** What Node.js writes itself. */
const nodeHeaders = new Set(['date', 'connection', 'keep-alive']);

/**
 * The headers of an answer as the router sent it, in its order and spelling, with gaps (slots) for what each answer has
 * of its own.
 */
export class HeaderPlan<Slot extends string> {
  private constructor(
    private readonly flat: string[],
    private readonly slots: readonly Slot[],
    private readonly places: readonly number[],
  ) {}

  /**
   * Undefined when a slot is missing or a header has several values: then the answer is not one of the expected kind.
   *
   * @param response after its headers were sent
   */
  static of<Slot extends string>(response: ServerResponse, slots: readonly Slot[]): HeaderPlan<Slot> | undefined {
    const flat: string[] = [];
    for (const name of rawHeaderNames(response)) {
      const value = response.getHeader(name);
      if (Array.isArray(value) || value === undefined) return undefined;
      if (!nodeHeaders.has(name.toLowerCase()) && !isSame(name, timing)) flat.push(name, String(value));
    }
    // Of an answer from the cache it is set last.
    if (response.hasHeader(timing)) flat.push(timing, '');
    const places = slots.map((name) => flat.findIndex((text, at) => at % 2 === 0 && isSame(text, name)) + 1);
    return places.includes(0) ? undefined : new HeaderPlan(flat, slots, places);
  }

  get bytes(): number {
    return this.flat.reduce((sum, text) => sum + text.length, 0);
  }

  /** Name and value in turn, for `writeHead`, which reads it at once: the next call fills the same array again. */
  fill(headers: OwnHeaders<Slot>): string[] {
    for (let nth = 0; nth < this.slots.length; nth++) {
      const name = this.slots[nth];
      if (name !== undefined) this.flat[this.places[nth] ?? 0] = headers[name];
    }
    return this.flat;
  }
}

/** Types know it of requests of a client only; it is a method of every outgoing message. */
function rawHeaderNames(response: ServerResponse): string[] {
  return (response as ServerResponse & { getRawHeaderNames(): string[] }).getRawHeaderNames();
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
