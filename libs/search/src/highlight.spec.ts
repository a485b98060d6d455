import { analyseQuery } from '@acervo/language';

import { highlight } from './highlight';

const marked = (text: string, query: string, language: 'pt' | 'en' = 'pt'): string[] =>
  highlight(text, language, analyseQuery(query, [language])).map(({ start, end }) => text.slice(start, end));

describe('highlight', () => {
  it('marks other forms of the words, with their accents', () => {
    expect(marked('As configurações do contêiner', 'configuração do conteiner')).toEqual([
      'configurações',
      'contêiner',
    ]);
  });

  it('marks a whole identifier once when its parts match too', () => {
    expect(marked('Rode docker-compose up', 'docker-compose', 'en')).toEqual(['docker-compose']);
    expect(marked('Rode docker-compose up', 'docker', 'en')).toEqual(['docker']);
  });

  it('marks nothing for stop words', () => {
    expect(marked('o que é o cache', 'o que é redis')).toEqual([]);
  });

  it('stops at 200', () => {
    expect(highlight('cache '.repeat(1_000), 'en', analyseQuery('cache', ['en']))).toHaveLength(200);
  });
});
