import { callContext } from '@acervo/kernel';

import { MemoryRateLimitStorage } from './adapters/memory/memory-rate-limit-storage';
import { RequestLimiter, type LimitedRequest } from './request-limiter';

const client = { id: 'address:192.0.2.1', limits: {} };
const search: LimitedRequest = { limit: 'search', weight: 1, client, route: '' };

describe('what a limiter counts', () => {
  let limiter: RequestLimiter;
  beforeEach(() => {
    const perMinute = { search: 2, chat: 0, research: 10, default: 100 };
    limiter = new RequestLimiter({ storage: new MemoryRateLimitStorage(), perMinute });
  });
  afterEach(async () => limiter.close());

  it('is what it let through and refused, by limit, also when it remembers the refusal', async () => {
    for (let nth = 0; nth < 5; nth++) await limiter.take(search, callContext(1_000));
    expect(limiter.counted.search).toEqual({ admitted: 2, refused: 3 });
    expect(limiter.counted.default).toEqual({ admitted: 0, refused: 0 });
  });

  it('is nothing for a look, until who refuses by it says so', async () => {
    for (let nth = 0; nth < 3; nth++) await limiter.take(search, callContext(1_000));
    expect(limiter.knownRefusal(search)).toBeDefined();
    expect(limiter.counted.search.refused).toBe(1);
    limiter.countRefusal('search');
    expect(limiter.counted.search.refused).toBe(2);
  });

  it('is nothing where there is no limit, or one that the application adds', async () => {
    await limiter.take({ ...search, limit: 'chat' }, callContext(1_000));
    await limiter.takeAll([{ name: 'burst', key: 'k', limit: 1, windowMs: 1_000, weight: 1 }], callContext(1_000));
    const total = Object.values(limiter.counted).reduce((sum, { admitted, refused }) => sum + admitted + refused, 0);
    expect(total).toBe(0);
  });
});
