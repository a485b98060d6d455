import { analyseDocument, analyseQuery } from './analyser';

describe('analyseDocument', () => {
  it('keeps stop words and gives both columns as many tokens', () => {
    const { surface, stemmed } = analyseDocument('Como configurar o Docker?', 'pt');
    expect(surface).toBe('como configurar o docker');
    expect(stemmed.split(' ')).toHaveLength(4);
  });

  it('gives empty columns for a text without words', () => {
    expect(analyseDocument(' … !', 'en')).toEqual({ surface: '', stemmed: '' });
  });

  it('takes less than 0.3 ms for 1,000 characters', () => {
    const passage = 'O servidor responde às requisições de busca; see getUserName in libs/kernel/src (v1.2.3). '
      .repeat(12)
      .slice(0, 1_000);
    for (let warm = 0; warm < 200; warm++) analyseDocument(passage, 'pt');
    const times = Array.from({ length: 200 }, () => {
      const start = performance.now();
      analyseDocument(passage, 'pt');
      return performance.now() - start;
    }).sort((a, b) => a - b);
    expect(times[100]).toBeLessThan(0.3);
  });
});

describe('analyseQuery', () => {
  const words = (text: string, language: 'pt' | 'en'): string[] =>
    analyseQuery(text, [language]).map(({ surface }) => surface);

  it("drops the stop words of the question's language", () => {
    expect(words('Como configurar o Docker?', 'pt')).toEqual(['configurar', 'docker']);
    expect(words('How do I configure Docker?', 'en')).toEqual(['configure', 'docker']);
  });

  it('keeps them when nothing else is there', () => {
    expect(words('what is it', 'en')).toEqual(['what', 'is', 'it']);
  });

  it('gives each term a stem of every language, without duplicates', () => {
    expect(analyseQuery('configurações docker', ['pt', 'en'])).toEqual([
      { surface: 'configuracoes', stems: ['configur', 'configuraco'] },
      { surface: 'docker', stems: ['dock', 'docker'] },
    ]);
  });

  it('names a repeated word once and stops at 64 terms', () => {
    expect(words('docker Docker DOCKER', 'pt')).toEqual(['docker']);
    expect(words(Array.from({ length: 200 }, (_, index) => `termo${index}`).join(' '), 'pt')).toHaveLength(64);
  });
});
