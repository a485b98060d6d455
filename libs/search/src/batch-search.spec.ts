import { searchBatch, type BatchItem } from './batch-search';
import { fixtureDocument, openSearchFixture, type SearchFixture } from './search.fixture';

describe('searchBatch', () => {
  let fixture: SearchFixture;

  beforeAll(async () => {
    fixture = await openSearchFixture([
      fixtureDocument('docker', ['Como configurar o Docker em produção.']),
      fixtureDocument('keys', ['How to rotate API keys.']),
    ]);
  });

  beforeEach(() => {
    fixture.embedder.calls.length = 0;
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await fixture.close();
  });

  const batch = async (items: readonly unknown[]): Promise<BatchItem[]> =>
    searchBatch(fixture.service, items, 4, fixture.context());

  it('answers in the order of the requests', async () => {
    const answers = await batch([{ query: 'API keys' }, { query: 'configurar Docker' }]);
    expect(answers.map((answer) => 'results' in answer && answer.results[0]?.document_id)).toEqual(['keys', 'docker']);
  });

  it('gives what each search alone would give', async () => {
    const [answer] = await batch([{ query: 'API keys', highlight: true }, { query: 'Docker' }]);
    const alone = await batch([{ query: 'API keys', highlight: true }]);
    expect([answer]).toEqual(alone);
  });

  it('computes equal requests once, embeds all questions in one call and looks each collection and filter up once', async () => {
    const lexical = jest.spyOn(fixture.store, 'searchLexical');
    const collections = jest.spyOn(fixture.store, 'findCollection');
    const filters = jest.spyOn(fixture.store, 'resolveFilter');
    const filtered = { query: 'Docker', filters: { language: 'pt' } };
    const answers = await batch([
      filtered,
      { query: 'API keys' },
      { ...filtered, max_results: 5 },
      { query: 'keys', filters: { language: 'pt' } },
    ]);
    expect(answers[0]).toEqual(answers[2]);
    expect(fixture.embedder.calls).toEqual([['Docker', 'API keys', 'keys']]);
    expect(lexical).toHaveBeenCalledTimes(3);
    expect(collections).toHaveBeenCalledTimes(1);
    expect(filters).toHaveBeenCalledTimes(1);
  });

  it('gives a bad item its problem and the others their answers', async () => {
    const answers = await batch([{ query: '' }, { query: 'Docker' }, 7, { query: 'x', collection: 'nowhere' }]);
    expect(answers.map((answer) => ('code' in answer ? answer.code : 'answer'))).toEqual([
      'REQUEST_INVALID',
      'answer',
      'REQUEST_INVALID',
      'COLLECTION_NOT_FOUND',
    ]);
  });

  it('splits what the embedder cannot take at once', async () => {
    const answers = await batch(Array.from({ length: 40 }, (_, index) => ({ query: `pergunta ${index}` })));
    expect(fixture.embedder.calls.map((texts) => texts.length)).toEqual([16, 16, 8]);
    expect(answers.every((answer) => 'results' in answer)).toBe(true);
  });
});
