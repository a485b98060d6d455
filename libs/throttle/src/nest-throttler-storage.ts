import type { ThrottlerStorage } from '@nestjs/throttler';

import { callContext } from '@acervo/kernel';

import type { RateLimitStorage } from './rate-limit-storage';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

const TIMEOUT_MS = 5_000;

/**
 * The storage that @nestjs/throttler asks, over ours: application code keeps `@Throttle`, `@SkipThrottle` and
 * `ThrottlerGuard`, and counts exactly, for all replicas where they share a Redis.
 *
 * Times are in ms, those of the answer in seconds. A block as long as the window, which is the default, lasts until a
 * permit is back; a block of another length lasts that long, whatever comes back meanwhile.
 */
export class NestThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly storage: RateLimitStorage) {}

  async increment(key: string, ttl: number, limit: number, blockDuration: number): Promise<ThrottlerStorageRecord> {
    // With no permits there is nothing to count.
    if (limit < 1) return record(1, ttl, blockDuration);
    const blocks = blockDuration !== ttl;
    const blockedMs = blocks ? (await this.take(`${key}:block`, 1, blockDuration, 0)).resetMs : 0;
    const { isAllowed, resetMs, retryAfterMs, remaining } = await this.take(key, limit, ttl, blockedMs > 0 ? 0 : 1);
    const totalHits = limit - remaining;
    if (blockedMs > 0) return record(totalHits + 1, resetMs, blockedMs);
    if (isAllowed) return record(totalHits, resetMs, 0);
    if (blocks) await this.take(`${key}:block`, 1, blockDuration, 1);
    return record(totalHits + 1, resetMs, blocks ? blockDuration : retryAfterMs);
  }

  private async take(name: string, limit: number, windowMs: number, weight: number) {
    const decision = await this.storage.take(
      [{ key: `nest:${name}`, limit, windowMs, weight }],
      callContext(TIMEOUT_MS),
    );
    const [state] = decision.perLimit;
    if (state === undefined) throw new Error('The storage of limits left out the limit it was asked for.');
    return { isAllowed: decision.isAllowed, ...state };
  }
}

function record(totalHits: number, resetMs: number, blockedMs: number): ThrottlerStorageRecord {
  return {
    totalHits,
    timeToExpire: Math.ceil(resetMs / 1_000),
    isBlocked: blockedMs > 0,
    timeToBlockExpire: Math.ceil(blockedMs / 1_000),
  };
}
