import { preferredLanguage } from './preferred-language';

describe('the language of the page', () => {
  it.each([
    ['pt', null, ['pt-BR', 'en-US']],
    ['en', null, ['de-DE', 'en-GB', 'pt']],
    ['en', null, ['de-DE', 'fr']],
    ['en', null, []],
    ['pt', 'pt', ['en-US']],
    ['en', 'nonsense', ['en-US']],
  ])('is %s when %s was chosen and the browser wants %j', (language, chosen, wanted) => {
    expect(preferredLanguage(chosen, wanted)).toBe(language);
  });
});
