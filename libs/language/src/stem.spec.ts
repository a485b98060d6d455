import { fold } from './fold';
import { stem } from './stem';

const portuguese = (word: string): string => stem(fold(word), 'pt');

describe('stem', () => {
  it('gives forms of a Portuguese word one stem, with and without accents', () => {
    const forms = ['configuração', 'configurações', 'configuracao', 'configuracoes', 'configurar', 'configurado'];
    expect(new Set(forms.map(portuguese)).size).toBe(1);
  });

  it('brings Portuguese plurals to the singular', () => {
    for (const [plural, singular] of [
      ['imagens', 'imagem'],
      ['principais', 'principal'],
      ['possíveis', 'possível'],
      ['opções', 'opção'],
    ] as const) {
      expect(portuguese(plural)).toBe(portuguese(singular));
    }
  });

  it('gives forms of an English word one stem', () => {
    expect(new Set(['configure', 'configured', 'configuring'].map((word) => stem(word, 'en'))).size).toBe(1);
  });

  it('leaves words with digits and of other languages alone', () => {
    expect(stem('sha256s', 'en')).toBe('sha256s');
    expect(stem('configurations', 'other')).toBe('configurations');
  });
});
