import { planQuery } from './query-plan';
import { fixtureCollection, fixtureRequest } from './search.fixture';

function plan(query: string, languages: { pt: number; en: number; other: number }, filters?: object) {
  const request = fixtureRequest({ query, ...(filters === undefined ? {} : { filters }) });
  const counts = { generation: 1, documents: 1, chunks: 100, createdAt: '2026-01-01T00:00:00Z' };
  return planQuery(request, 'hybrid', { ...fixtureCollection, ...counts, languages });
}

describe('planQuery', () => {
  it('weighs words less when no passage is in the language of the question', () => {
    const same = plan('Como configurar Docker?', { pt: 100, en: 0, other: 0 });
    const across = plan('Como configurar Docker?', { pt: 0, en: 100, other: 0 });
    expect(same.lexicalWeight).toBeCloseTo((0.3 / 0.045) * across.lexicalWeight);
    expect(across.isSameLanguage).toBe(false);
  });

  it('does not take one stray passage for a bilingual collection', () => {
    expect(plan('Como configurar Docker?', { pt: 1, en: 99, other: 0 }).isSameLanguage).toBe(false);
    expect(plan('Como configurar Docker?', { pt: 50, en: 50, other: 0 }).isSameLanguage).toBe(true);
  });

  it('looks at the languages that the filter leaves', () => {
    const languages = { pt: 50, en: 50, other: 0 };
    expect(plan('Como configurar Docker?', languages, { language: 'en' }).isSameLanguage).toBe(false);
  });

  it('weighs words of a long question more, because passages hold fewer of them', () => {
    const languages = { pt: 0, en: 100, other: 0 };
    const short = plan('docker volume', languages);
    const long = plan('docker volume mount permission error container restart policy logs', languages);
    expect(long.lexicalWeight).toBeGreaterThan(2 * short.lexicalWeight);
  });

  it('stems with every language of the collection when that of the question is not known', () => {
    const { terms } = plan('Tutorial FastAPI', { pt: 50, en: 50, other: 0 });
    expect(terms.find(({ surface }) => surface === 'fastapi')?.stems).toEqual(['fastapi', 'fastap']);
  });
});
