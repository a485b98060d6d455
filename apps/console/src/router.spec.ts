import { hrefOf, parsePlace } from './router';

describe('places of the page', () => {
  it('begin with the search, and know what is no page', () => {
    expect(parsePlace('').page).toBe('search');
    expect(parsePlace('#/').page).toBe('search');
    expect(parsePlace('#/chat?c=1').page).toBe('chat');
    expect(parsePlace('#/settings').page).toBeUndefined();
  });

  it('come back from their address as they were', () => {
    const asked = { q: 'a & b? #1 = ç', collection: 'handbook', mode: '' };
    const { page, query } = parsePlace(hrefOf('search', asked).slice(1));
    expect(page).toBe('search');
    expect(Object.fromEntries(query)).toEqual({ q: asked.q, collection: 'handbook' });
  });
});
