/** A worker's side of the talk with the primary, and through it with the other workers. */
import { untilEnded, type CallContext } from '@acervo/kernel';

import type { News, ToPrimary, ToWorker } from './messages';
import type { Place } from './place';

type Listener = (news: News) => Promise<void>;

export class Group {
  private readonly spreads = new Map<number, () => void>();
  private readonly followersGone: Promise<void>;
  private listener: Listener = () => Promise.resolve();
  private nextId = 1;
  private onPlace: (place: Place) => void = () => undefined;
  private onFollowersGone: () => void = () => undefined;

  constructor() {
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

  /** Called with the news of others; the teller waits until it resolves. It must not reject. */
  onNews(listener: Listener): void {
    this.listener = listener;
  }

  /** Resolves when every other worker has acted on it, or died. */
  async spread(news: News, context: CallContext): Promise<void> {
    const id = this.nextId++;
    const told = new Promise<void>((resolve) => this.spreads.set(id, resolve));
    this.send({ kind: 'spread', id, news });
    try {
      await untilEnded(told, context);
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
        void this.listener(message.news).finally(() => {
          this.send({ kind: 'heard', id: message.id });
        });
        return;
      case 'spread':
        this.spreads.get(message.id)?.();
        return;
      case 'followers-gone':
        this.onFollowersGone();
        return;
      default:
        message satisfies never;
    }
  }

  private send(message: ToPrimary): void {
    // Without a primary node:cluster ends this process by itself.
    if (process.connected) process.send?.(message);
  }
}
