import type { MemoryRateLimitStorage } from '../memory/memory-rate-limit-storage';

import type { LimitsAsked, LimitsDecided } from './limit-messages';

/** The primary's side: decides, by the one log of all workers, what a worker asks. The worker has checked the limits. */
export function decideLimits(storage: MemoryRateLimitStorage, { kind, id, takes }: LimitsAsked): LimitsDecided {
  return { kind, id, decisions: takes.map((limits) => storage.take(limits)) };
}
