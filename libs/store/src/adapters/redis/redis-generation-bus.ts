import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';

import { callContext, untilEnded } from '@acervo/kernel';

import { GenerationBus, type GenerationBusCounts, type GenerationBusOptions } from '../../generation-bus';

export interface RedisGenerationBusOptions extends GenerationBusOptions {
  readonly url: string;
  /** Between two signs of life that are asked for, each of which may take as long. Default 2,000. */
  readonly heartbeatMs?: number | undefined;
}

const channel = 'acervo:changes';
const connectTimeoutMs = 1_000;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

type Client = ReturnType<typeof newClient>;

function newClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: connectTimeoutMs },
  });
}

/**
 * PUBLISH after the commit, to whoever is subscribed at that moment. Two connections, made again together when one of
 * them ends or gives no sign of life.
 */
export class RedisGenerationBus extends GenerationBus {
  private readonly stopping = new AbortController();
  private readonly heartbeatMs: number;
  private readonly done: Promise<void>;
  private publisher: Client | undefined;
  private heard = 0;
  private lost = 0;

  constructor(private readonly options: RedisGenerationBusOptions) {
    super();
    this.heartbeatMs = options.heartbeatMs ?? 2_000;
    this.done = this.keepSubscribed();
  }

  override tell(collection: string): void {
    // Who missed it looks by itself within the second.
    this.publisher?.publish(channel, collection).catch(() => this.lost++);
  }

  override counts(): GenerationBusCounts {
    const { heard, lost } = this;
    return { heard, lost, isConnected: this.publisher !== undefined };
  }

  override async close(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async keepSubscribed(): Promise<void> {
    let isFailing = false;
    let pauseMs = firstPauseMs;
    const onSubscribed = (): void => {
      isFailing = false;
      pauseMs = firstPauseMs;
      this.options.onNews();
    };
    for (;;) {
      try {
        await this.subscribeOnce(onSubscribed);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (!isFailing) {
          isFailing = true;
          this.lost++;
          this.options.onLost(error);
        }
        await pause(pauseMs * (0.5 + Math.random() / 2), this.stopping.signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  /** Rejects when a connection ends. */
  private async subscribeOnce(onSubscribed: () => void): Promise<void> {
    const { signal } = this.stopping;
    const clients = [newClient(this.options.url), newClient(this.options.url)] as const;
    const [publisher, subscriber] = clients;
    const ended = Promise.race(clients.map(async (client) => once(client, 'error', { signal })));
    ended.catch(() => undefined);
    // A client that fails twice would end the process without a listener.
    for (const client of clients) client.on('error', () => undefined);
    const answers = async (work: Promise<unknown>): Promise<void> => {
      await untilEnded(Promise.race([work, ended.then(([error]) => Promise.reject(error as Error))]), {
        ...callContext(this.heartbeatMs + connectTimeoutMs, signal),
      });
    };
    try {
      await answers(Promise.all(clients.map(async (client) => client.connect())));
      await answers(
        subscriber.subscribe(channel, () => {
          this.heard++;
          this.options.onNews();
        }),
      );
      this.publisher = publisher;
      onSubscribed();
      for (;;) {
        await Promise.race([pause(this.heartbeatMs, signal), ended]);
        await answers(Promise.all(clients.map(async (client) => client.ping())));
      }
    } finally {
      this.publisher = undefined;
      for (const client of clients) if (client.isOpen) client.destroy();
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
