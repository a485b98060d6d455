import { isForWriter } from './forwarded-requests';

describe('isForWriter', () => {
  it.each([
    ['GET', '/documents'],
    ['HEAD', '/search?q=x'],
    ['OPTIONS', '/documents'],
    ['POST', '/search'],
    ['POST', '/batch-search?pretty'],
    ['POST', '/search-async'],
    ['POST', '/v1/chat/completions'],
  ])('leaves %s %s to the process that got it', (method, url) => {
    expect(isForWriter(method, url, undefined)).toBe(false);
    expect(isForWriter(method, url, 'wait=5')).toBe(false);
  });

  it.each([
    ['POST', '/documents'],
    ['PUT', '/documents/a'],
    ['DELETE', '/cache'],
    ['DELETE', '/search'],
    ['PATCH', '/whatever-comes-later'],
    // Other spellings of a path that computes: the writer answers them as well.
    ['POST', '/SEARCH'],
    ['POST', '/%73earch'],
    ['POST', '//search'],
  ])('hands %s %s to the writer', (method, url) => {
    expect(isForWriter(method, url, undefined)).toBe(true);
  });

  it('hands what is to become a job to the writer', () => {
    expect(isForWriter('POST', '/search', 'respond-async, wait=5')).toBe(true);
    expect(isForWriter('POST', '/search-async', 'respond-async')).toBe(true);
  });
});
