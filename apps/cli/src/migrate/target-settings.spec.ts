import { targetSettings } from './target-settings';

const source = {
  STORE: 'sqlite',
  DATABASE_URL: undefined,
  DATA_DIR: './data',
  VECTOR_INDEX: 'embedded',
  CHROMA_URL: undefined,
} as const;
const url = 'postgres://acervo@db/acervo';
const invalid = expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error;

describe('The settings of the other end of a migration', () => {
  it('are those of a store whose vectors lie beside it', () => {
    expect(targetSettings({ toStore: 'postgres', toDatabaseUrl: url }, source, '/scratch')).toEqual({
      ...{ ENABLE_CACHE: 'false', STORE: 'postgres', VECTOR_INDEX: 'pgvector', DATABASE_URL: url },
      DATA_DIR: '/scratch',
    });
    expect(targetSettings({ toStore: 'sqlite', toDataDir: './other' }, source, '/scratch')).toMatchObject({
      ...{ STORE: 'sqlite', VECTOR_INDEX: 'embedded', DATA_DIR: './other' },
    });
  });

  it('never lead back to where the collections come from', () => {
    const postgres = { ...source, STORE: 'postgres', DATABASE_URL: url } as const;
    expect(() => targetSettings({ toStore: 'postgres', toDatabaseUrl: url }, postgres, '/scratch')).toThrow(invalid);
    expect(() => targetSettings({ toStore: 'sqlite', toDataDir: 'data' }, source, '/scratch')).toThrow(invalid);
  });

  it('keep both ends out of the same collections of Chroma', () => {
    const chroma = { ...source, VECTOR_INDEX: 'chroma', CHROMA_URL: 'http://chroma:8000' } as const;
    const to = { toStore: 'postgres', toDatabaseUrl: url, toVectorIndex: 'chroma' };
    expect(() => targetSettings(to, chroma, '/scratch')).toThrow(invalid);
    expect(targetSettings({ ...to, toChromaUrl: 'http://other:8000' }, chroma, '/scratch')).toMatchObject({
      CHROMA_URL: 'http://other:8000',
    });
  });

  it('ask for what is missing', () => {
    expect(() => targetSettings({ toStore: 'postgres' }, source, '/scratch')).toThrow('--to-database-url');
    expect(() => targetSettings({ toStore: 'sqlite' }, source, '/scratch')).toThrow('--to-data-dir');
  });
});
