/** A worker's side of the talk with the primary, and through it with the other workers. */
import { callContext, untilEnded } from '@acervo/kernel';
import type { Gathered, MetricsSnapshot } from '@acervo/metrics';
import type { LimitsAsked, LimitsDecided } from '@acervo/throttle';
import type { Logger } from 'pino';

import { MetricsExchange } from './metrics-exchange';
import type { News, ToPrimary, ToWorker } from './messages';
import type { Place } from './place';

/** Reacts to the news of another worker, which waits until it resolves. */
export type NewsListener = (news: News) => Promise<void>;

/** Longer than that no worker waits for the others: what they know of a collection is then too old to be used anyway. */
const spreadTimeoutMs = 1_000;

export class Group {
  private readonly spreads = new Map<number, () => void>();
  private readonly followersGone: Promise<void>;
  private listener: NewsListener = () => Promise.resolve();
  private settleLimits: (decided: LimitsDecided) => void = () => undefined;
  private readonly metrics = new MetricsExchange((message) => {
    this.send(message);
  });
  private nextId = 1;
  private onPlace: (place: Place) => void = () => undefined;
  private onFollowersGone: () => void = () => undefined;

  constructor(private readonly logger: Logger) {
    this.followersGone = new Promise((resolve) => (this.onFollowersGone = resolve));
    process.on('message', (message: ToWorker) => {
      this.hear(message);
    });
  }

  /** Asks the primary which of the workers this process is. */
  async join(): Promise<Place> {
    const place = new Promise<Place>((resolve) => (this.onPlace = resolve));
    this.send({ kind: 'hello' });
    return await place;
  }

  tellListening(url: string): void {
    this.send({ kind: 'listening', url });
  }

  onNews(listener: NewsListener): void {
    this.listener = listener;
  }

  askLimits(asked: LimitsAsked): void {
    this.send(asked);
  }

  /** Called with what the primary decides of the limits it was asked. */
  onLimits(settle: (decided: LimitsDecided) => void): void {
    this.settleLimits = settle;
  }

  /** What this worker says when it is asked what it has measured; must not reject. */
  shareMetrics(snapshot: () => Promise<MetricsSnapshot>): void {
    this.metrics.share(snapshot);
  }

  /** Tells what it has measured without being asked. */
  async tellMetrics(): Promise<void> {
    await this.metrics.tell();
  }

  /** What the other workers have measured. Never rejects; takes a second at most. */
  async gatherMetrics(own: MetricsSnapshot): Promise<Gathered> {
    return await this.metrics.gather(own);
  }

  /** Resolves when every other worker has acted on it, or died, or a second has passed. Never rejects. */
  async spread(news: News): Promise<void> {
    const id = this.nextId++;
    const told = new Promise<void>((resolve) => this.spreads.set(id, resolve));
    this.send({ kind: 'spread', id, news });
    try {
      await untilEnded(told, callContext(spreadTimeoutMs));
    } catch (error) {
      this.logger.warn({ news, err: error }, 'another worker has not acted on news in time');
    } finally {
      this.spreads.delete(id);
    }
  }

  /** For the writer, when all stop: nobody hands it requests any more. */
  async untilFollowersGone(): Promise<void> {
    await this.followersGone;
  }

  private hear(message: ToWorker): void {
    switch (message.kind) {
      case 'place':
        this.onPlace(message.place);
        return;
      case 'news':
        void this.heed(message.id, message.news);
        return;
      case 'spread':
        this.spreads.get(message.id)?.();
        return;
      case 'metrics-asked':
        void this.metrics.tell(message.id);
        return;
      case 'gathered':
        this.metrics.settle(message.id, message.gathered);
        return;
      case 'limits':
        this.settleLimits(message);
        return;
      case 'followers-gone':
        this.onFollowersGone();
        return;
      default:
        message satisfies never;
    }
  }

  private async heed(id: number, news: News): Promise<void> {
    try {
      await this.listener(news);
    } catch (error) {
      this.logger.error({ news, err: error }, 'news of another worker could not be acted on');
    }
    this.send({ kind: 'heard', id });
  }

  private send(message: ToPrimary): void {
    // Without a primary node:cluster ends this process by itself.
    if (process.connected) process.send?.(message);
  }
}
