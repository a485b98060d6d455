import { detectLanguage } from './detect-language';

describe('detectLanguage', () => {
  it.each([
    ['Como configurar Docker?', 'pt'],
    ['configuracao', 'pt'],
    ['ajuste de desempenho', 'pt'],
    ['limite de requisições', 'pt'],
    ['taxa de acerto do cache', 'pt'],
    ['How do I rotate API keys?', 'en'],
    ['performance tuning', 'en'],
    ['Path parameters and validations', 'en'],
    ['rate limit', 'en'],
  ])('knows the language of the short question %p', (question, language) => {
    expect(detectLanguage(question)).toBe(language);
  });

  it.each([
    'Tutorial FastAPI',
    '¿Cómo configurar Docker en el servidor?',
    'le chat est sur la table et il dort',
    'Der Server ist nicht erreichbar und wird neu gestartet',
    'Il server non è raggiungibile e viene riavviato con la nuova configurazione',
    '日本語の文書',
    '',
    '404 500',
  ])('takes %p for neither', (text) => {
    expect(detectLanguage(text)).toBe('other');
  });

  it('is not misled by English names in Portuguese text', () => {
    expect(
      detectLanguage('O FastAPI usa type hints e o Pydantic para validar request bodies em path operations.'),
    ).toBe('pt');
  });

  it('looks at a bounded part of a long text', () => {
    const start = performance.now();
    expect(detectLanguage('O servidor responde. '.repeat(100_000))).toBe('pt');
    expect(performance.now() - start).toBeLessThan(100);
  });
});
