/**
 * One connection to Redis that all calls share. Nothing waits for a connection: while there is none, calls fail at once.
 * Reconnecting is done here rather than by node-redis, so that a connection that takes commands and answers none can be
 * given up: `renew`.
 */
import { createClient, RESP_TYPES } from 'redis';

const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_PAUSE_MS = 1_000;
/** Commands without an answer yet; more are refused. */
const MAX_PENDING_COMMANDS = 10_000;

function newClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_PENDING_COMMANDS,
    socket: { reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT_MS },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

export type RedisClient = ReturnType<typeof newClient>;

export class RedisConnection {
  private current: RedisClient | undefined;
  private connecting: RedisClient | undefined;
  private pauseMs = 50;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly url: string) {}

  /** The client, when it can be used now. */
  get client(): RedisClient {
    if (this.current?.isReady !== true) throw new Error('Redis is not connected.');
    return this.current;
  }

  /** Resolves with the outcome of the first attempt; further ones follow by themselves. */
  async connect(): Promise<void> {
    clearTimeout(this.timer);
    if (this.isClosed || this.connecting !== undefined) return;
    const client = newClient(this.url);
    this.connecting = client;
    client.on('error', () => {
      this.lose(client);
    });
    // The limit of the socket ends with the TCP handshake; a server that accepts and says nothing would hold us.
    const timer = setTimeout(() => {
      destroy(client);
      this.lose(client);
    }, CONNECT_TIMEOUT_MS);
    try {
      await client.connect();
      if (this.connecting === client) {
        this.connecting = undefined;
        this.current = client;
        this.pauseMs = 50;
      } else destroy(client);
    } catch {
      this.lose(client);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the connection up and makes a new one. */
  renew(): void {
    const { current } = this;
    if (current !== undefined) this.lose(current);
  }

  /** Waits for the answers that are under way. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    if (this.connecting !== undefined) destroy(this.connecting);
    const { current } = this;
    this.current = undefined;
    if (current?.isReady !== true) return;
    const timer = setTimeout(() => {
      destroy(current);
    }, CONNECT_TIMEOUT_MS);
    try {
      await current.close();
    } finally {
      clearTimeout(timer);
    }
  }

  private lose(client: RedisClient): void {
    if (client !== this.current && client !== this.connecting) return;
    if (client === this.current) this.current = undefined;
    if (client === this.connecting) this.connecting = undefined;
    destroy(client);
    if (this.isClosed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.connect();
    }, this.pauseMs);
    this.timer.unref();
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function destroy(client: RedisClient): void {
  if (client.isOpen) client.destroy();
}
