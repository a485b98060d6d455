import { cacheKey } from '../cache-key';

import { entityTag, matchingTag } from './entity-tag';

const key = cacheKey('answer', ['a', 1], ['c']);
const other = cacheKey('answer', ['a', 2], ['c']);

describe('entity tags', () => {
  it('differ by key and by coding, and are strong', () => {
    const tags = [entityTag(key, 'identity'), entityTag(key, 'gzip'), entityTag(key, 'br'), entityTag(other, 'br')];
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]{22}(-gzip|-br)?"$/);
  });

  it('are found in If-None-Match, in any coding and among others', () => {
    const tag = entityTag(key, 'gzip');
    expect(matchingTag(tag, key, 'br')).toBe(tag);
    expect(matchingTag(`"x" , W/${tag}`, key, 'identity')).toBe(tag);
    expect(matchingTag('*', key, 'gzip')).toBe(tag);
    expect(matchingTag(entityTag(other, 'gzip'), key, 'gzip')).toBeUndefined();
    expect(matchingTag(tag.slice(1, -1), key, 'gzip')).toBeUndefined();
    expect(matchingTag(undefined, key, 'gzip')).toBeUndefined();
  });
});
