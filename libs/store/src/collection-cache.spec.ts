import type { Collection } from './model';
import { CollectionCache } from './collection-cache';

const at = (generation: number): Collection => ({ name: 'a', generation }) as Collection;

describe('CollectionCache', () => {
  it('reads once while nothing changes', async () => {
    const cache = new CollectionCache(60_000, 10);
    await cache.find('a', async () => Promise.resolve(at(1)));
    await expect(cache.find('a', async () => Promise.reject(new Error('read again')))).resolves.toEqual(at(1));
  });

  it('reads again after a change, and does not keep what was read while one ran', async () => {
    const cache = new CollectionCache(60_000, 10);
    let finish: (collection: Collection) => void = () => undefined;
    const beside = cache.find('a', async () => new Promise((resolve) => (finish = resolve)));
    cache.forget();
    finish(at(1));
    await expect(beside).resolves.toEqual(at(1));
    await expect(cache.find('a', async () => Promise.resolve(at(2)))).resolves.toEqual(at(2));
  });

  it('reads again when another process may have written', async () => {
    const cache = new CollectionCache(-1, 10);
    await cache.find('a', async () => Promise.resolve(at(1)));
    await expect(cache.find('a', async () => Promise.resolve(at(2)))).resolves.toEqual(at(2));
  });

  it('keeps no absent names and at most so many', async () => {
    const cache = new CollectionCache(60_000, 2);
    for (const name of ['a', 'b', 'c']) await cache.find(name, async () => Promise.resolve(at(1)));
    await expect(cache.find('a', async () => Promise.resolve(at(2)))).resolves.toEqual(at(2));
    await cache.find('nowhere', async () => Promise.resolve(undefined));
    await expect(cache.find('nowhere', async () => Promise.resolve(at(3)))).resolves.toEqual(at(3));
  });

  it('tells what is known without reading, and nothing that is older than asked for or changed since', async () => {
    const cache = new CollectionCache(60_000, 10);
    expect(cache.peek('a', 60_000)).toBeUndefined();
    await cache.find('a', async () => Promise.resolve(at(1)));
    expect(cache.peek('a', 60_000)).toEqual(at(1));
    expect(cache.peek('a', -1)).toBeUndefined();
    cache.forget();
    expect(cache.peek('a', 60_000)).toBeUndefined();
  });
});
