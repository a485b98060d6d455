import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Host } from './connection-string';

/** Attempts in one second that may follow each other at once. */
const attemptsAtOnce = 30;
const keepAliveMs = 10_000;

/**
 * Sockets of one pool, to one of its hosts until that one fails. The library tries without a pause as long as a statement waits: here the
 * attempts of a second are bounded. A socket that nothing came through for `silenceMs` is closed, for a server that is
 * gone without a word would hold its connections for a quarter of an hour.
 */
export class HostSockets {
  private current = 0;
  private second = 0;
  private attempts = 0;

  constructor(
    private readonly hosts: readonly Host[],
    private readonly silenceMs: number,
  ) {}

  /** The host that sockets go to now. */
  get host(): number {
    return this.current;
  }

  /** `failed` does not do: the next, unless somebody else went on meanwhile. */
  leave(failed: number): void {
    if (failed === this.current) this.current = (failed + 1) % this.hosts.length;
  }

  /** Connecting; the library hears of failures by the socket's events. */
  async open(): Promise<Socket> {
    const second = Math.floor(performance.now() / 1_000);
    this.attempts = second === this.second ? this.attempts + 1 : 0;
    this.second = second;
    if (this.attempts > attemptsAtOnce) await sleep(250);
    const to = this.hosts[this.current];
    const socket = new Socket();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setTimeout(this.silenceMs, () => {
      socket.destroy(new Error('The database has been silent for too long.'));
    });
    if (to !== undefined) socket.connect(to.port, to.host);
    // For the name that the certificate must have.
    return Object.assign(socket, { host: to?.host });
  }
}
