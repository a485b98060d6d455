import { RefusalMemory } from './refusal-memory';

const limit = { name: 'search', key: 'search:a', limit: 5, windowMs: 60_000, weight: 1 };
const full = { remaining: 0, resetMs: 50_000, retryAfterMs: 20_000 };

describe('RefusalMemory', () => {
  let nowMs = 0;
  let memory: RefusalMemory;
  beforeEach(() => {
    nowMs = 0;
    memory = new RefusalMemory(() => nowMs);
  });

  it('refuses in the words of the log until the oldest permit is back, and not a moment longer', () => {
    memory.add(limit, full);
    nowMs = 19_500;
    expect(memory.find(limit)).toMatchObject({
      policy: '"search";q=5;w=60',
      state: '"search";r=0;t=31',
      refusal: { retryAfterSeconds: 1 },
    });
    nowMs = 20_000;
    expect(memory.find(limit)).toBeUndefined();
  });

  it('knows nothing of other keys, other weights, or another limit of the same key', () => {
    memory.add(limit, full);
    expect(memory.find({ ...limit, key: 'search:b' })).toBeUndefined();
    expect(memory.find({ ...limit, weight: 2 })).toBeUndefined();
    expect(memory.find({ ...limit, limit: 6 })).toBeUndefined();
  });

  it('does not remember what is no full log of all replicas', () => {
    memory.add({ ...limit, weight: 3 }, full);
    memory.add(limit, { ...full, remaining: 1 });
    memory.add(limit, { ...full, degradedLimit: 1 });
    expect(memory.find(limit)).toBeUndefined();
  });

  it('forgets the oldest when there are too many', () => {
    for (let nth = 0; nth <= 10_000; nth += 1) memory.add({ ...limit, key: `search:${nth}` }, full);
    expect(memory.find({ ...limit, key: 'search:0' })).toBeUndefined();
    expect(memory.find({ ...limit, key: 'search:1' })).toBeDefined();
    expect(memory.find({ ...limit, key: 'search:10000' })).toBeDefined();
  });
});
