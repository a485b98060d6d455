import type { AcervoConfig } from '@acervo/config';
import {
  PostgresGenerationBus,
  RedisGenerationBus,
  type CommitFollower,
  type DocumentStore,
  type GenerationBus,
} from '@acervo/store';
import type { Logger } from 'pino';

/**
 * The buses between processes that share a database: Postgres always, Redis where there is one. What they say makes
 * `follower` look at once instead of with its next turn; each of them is enough, and so is none.
 */
export function openGenerationBuses(
  config: AcervoConfig,
  store: DocumentStore,
  follower: CommitFollower,
  logger: Logger,
): readonly GenerationBus[] {
  const optionsOf = (bus: string) => ({
    onNews: () => {
      follower.hurry();
    },
    onLost: (cause: unknown) => {
      logger.warn({ bus, err: cause }, 'changes of other processes show later: their word does not come through');
    },
  });
  const { DATABASE_URL, REDIS_URL } = config;
  const buses: GenerationBus[] = [];
  if (DATABASE_URL !== undefined)
    buses.push(new PostgresGenerationBus({ url: DATABASE_URL, ...optionsOf('postgres') }));
  if (REDIS_URL !== undefined) buses.push(new RedisGenerationBus({ url: REDIS_URL, ...optionsOf('redis') }));
  store.onChange((collection) => {
    // What others committed was told by them.
    if (!follower.isTelling) for (const bus of buses) bus.tell(collection);
  });
  return buses;
}
