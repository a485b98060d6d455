import { tokenise } from './tokenise';

const surfaces = (text: string): string[] => tokenise(text).map(({ surface }) => surface);

describe('tokenise', () => {
  it('folds case, accents and compatibility forms', () => {
    expect(surfaces('Configuração ＦＡＳＴ Café')).toEqual(['configuracao', 'fast', 'cafe']);
  });

  it('keeps identifiers whole and split', () => {
    expect(surfaces('get_user_name')).toEqual(['get', 'user', 'name', 'getusername']);
    expect(surfaces('getUserName')).toEqual(['get', 'user', 'name', 'getusername']);
    expect(surfaces('docker-compose.yml')).toEqual(['docker', 'compose', 'yml', 'dockercomposeyml']);
    expect(surfaces('sha256')).toEqual(['sha', '256', 'sha256']);
  });

  it('writes camel, snake and kebab case of one name as one token', () => {
    const wholes = ['maxBatchItems', 'max_batch_items', 'max-batch-items'].map((name) => surfaces(name).at(-1));
    expect(new Set(wholes)).toEqual(new Set(['maxbatchitems']));
  });

  it('does not mix up versions', () => {
    expect(surfaces('1.2.3').at(-1)).not.toBe(surfaces('12.3').at(-1));
    expect(surfaces('1.2.3').slice(0, 3)).toEqual(['1', '2', '3']);
  });

  it('leaves short names of letters and digits alone', () => {
    expect(surfaces('p53 H2O x86')).toEqual(['p53', 'h2o', 'x86']);
  });

  it('knows languages that are written with symbols', () => {
    expect(surfaces('C++ e C#, mas não C')).toEqual(['cplusplus', 'e', 'csharp', 'mas', 'nao', 'c']);
  });

  it('takes the English possessive away and keeps contractions together', () => {
    expect(surfaces("the user's key doesn't")).toEqual(['the', 'user', 'key', 'doesnt']);
  });

  it('tells where each token stands in the text', () => {
    const text = 'Ver «docker-compose» já';
    const places = tokenise(text).map(({ start, end }) => text.slice(start, end));
    expect(places).toEqual(['Ver', 'docker', 'compose', 'docker-compose', 'já']);
  });
});
