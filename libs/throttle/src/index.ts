export { MemoryRateLimitStorage } from './adapters/memory/memory-rate-limit-storage';
export type { MemoryRateLimitOptions } from './adapters/memory/memory-rate-limit-storage';
export { RedisRateLimitStorage } from './adapters/redis/redis-rate-limit-storage';
export type { RedisRateLimitOptions } from './adapters/redis/redis-rate-limit-storage';
export { DegradingRateLimitStorage } from './degrading-rate-limit-storage';
export type { DegradingOptions } from './degrading-rate-limit-storage';
export type { LimitState, RateLimit, RateLimitDecision, RateLimitStorage } from './rate-limit-storage';
