import { listenForever, type Listener } from '@acervo/postgres';

import { GenerationBus, type GenerationBusCounts, type GenerationBusOptions } from '../../generation-bus';

import { changesChannel } from './commit';

export interface PostgresGenerationBusOptions extends GenerationBusOptions {
  readonly url: string;
  /** A connection that is silent for two of them is made again. Default 2,000. */
  readonly heartbeatMs?: number | undefined;
}

/** LISTEN on a connection of its own. Words are part of the commits: nobody hears of one that did not happen. */
export class PostgresGenerationBus extends GenerationBus {
  private readonly listener: Listener;
  private heard = 0;
  private lost = 0;
  private isConnected = false;

  constructor({ url, heartbeatMs, onNews, onLost }: PostgresGenerationBusOptions) {
    super();
    let isFailing = false;
    this.listener = listenForever({
      ...{ url, heartbeatMs, channel: changesChannel },
      onMessage: () => {
        this.heard++;
        onNews();
      },
      onConnected: () => {
        isFailing = false;
        this.isConnected = true;
        onNews();
      },
      onLost: (cause) => {
        if (this.isConnected || !isFailing) this.lost++;
        this.isConnected = false;
        if (!isFailing) onLost(cause);
        isFailing = true;
      },
    });
  }

  /** The commit did. */
  override tell(): void {
    return;
  }

  override counts(): GenerationBusCounts {
    const { heard, lost, isConnected } = this;
    return { heard, lost, isConnected };
  }

  override async close(): Promise<void> {
    await this.listener.close();
  }
}
