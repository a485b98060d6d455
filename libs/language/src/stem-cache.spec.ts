import { StemCache } from './stem-cache';

describe('StemCache', () => {
  it('computes a word once while it is in use', () => {
    let computed = 0;
    const cache = new StemCache((word) => `${word}${++computed}`, 2);
    expect([cache.get('a'), cache.get('a')]).toEqual(['a1', 'a1']);
    cache.get('b');
    cache.get('c');
    expect(cache.get('a')).toBe('a1');
  });

  it('never holds more than two halves and answers the same after forgetting', () => {
    const cache = new StemCache((word) => word.toUpperCase(), 3);
    for (let index = 0; index < 50; index++) {
      expect(cache.get(`w${index % 11}`)).toBe(`W${index % 11}`);
      expect(cache.size).toBeLessThanOrEqual(6);
    }
  });
});
