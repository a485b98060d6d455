import { Logger } from '@nestjs/common';

import { fail } from '@acervo/problem';

import type { SearchAnswer } from './search-answer.schema';
import { searchAnswerSchema } from './search-answer.schema';
import { fixtureDocument, fixtureRequest, openSearchFixture, type SearchFixture } from './search.fixture';

const manual = [
  fixtureDocument('docker', [
    'Como configurar o Docker para o servidor de busca em produção.',
    'O Docker precisa de um volume para a pasta de dados do servidor.',
    'Para parar o contêiner use docker stop com o nome dele.',
  ]),
  fixtureDocument('cache', ['O cache guarda respostas de busca na memória e no disco.'], {
    docType: 'pdf',
    date: '2026-05-01',
    metadata: { area: 'desempenho', version: 3 },
  }),
  fixtureDocument('keys', ['How to rotate API keys without losing requests.'], { metadata: { area: 'security' } }),
  fixtureDocument('monitoring', ['The monitoring page shows the cache hit rate and the response time.']),
];

describe('SearchService', () => {
  let fixture: SearchFixture;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    fixture = await openSearchFixture(manual);
  });

  afterEach(() => {
    jest.restoreAllMocks();
    fixture.embedder.failure = undefined;
    fixture.embedder.isHung = false;
  });

  afterAll(async () => {
    await fixture.close();
  });

  async function search(request: object): Promise<SearchAnswer> {
    return (await fixture.service.search(fixtureRequest(request), fixture.context())).answer;
  }

  it.each(['hybrid', 'semantic', 'lexical'])('finds the passage of a question in mode %s', async (mode) => {
    const answer = await search({ query: 'Como configurar o Docker?', mode });
    expect(searchAnswerSchema.parse(answer)).toEqual(answer);
    expect(answer.results[0]).toMatchObject({ rank: 1, document_id: 'docker', position: { start: 0, end: 62 } });
    expect(answer).toMatchObject({ mode, collection: 'documents_dev', degraded: [], generation: 1 });
  });

  it('orders by score, and min_score cuts at it', async () => {
    const query = { query: 'servidor docker', mode: 'lexical', max_results: 10 };
    const all = await search(query);
    const scores = all.results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const cut = await search({ ...query, min_score: scores[1] });
    expect(cut.results.length).toBeLessThan(all.results.length);
    expect(cut.results).toEqual(all.results.slice(0, cut.results.length));
  });

  it('gives pages that together are the whole list', async () => {
    const whole = await search({ query: 'servidor de busca docker', max_results: 6 });
    const pages = await Promise.all(
      [0, 2, 4].map(async (offset) => search({ query: 'servidor de busca docker', max_results: 2, offset })),
    );
    expect(pages.flatMap(({ results }) => results)).toEqual(whole.results);
    expect((await search({ query: 'docker', offset: 1_000 })).results).toEqual([]);
  });

  it('shows the best passage of each document when grouped', async () => {
    const answer = await search({ query: 'docker servidor', group_by_document: true, max_results: 10 });
    const documents = answer.results.map(({ document_id }) => document_id);
    expect(documents).toHaveLength(4);
    expect(new Set(documents).size).toBe(4);
    expect(answer.results.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    [{ doc_type: 'pdf' }, ['cache']],
    [{ doc_type: ['pdf', 'html'] }, ['cache']],
    [{ language: 'en' }, ['keys', 'monitoring']],
    [{ source: 'docs/mon' }, ['monitoring']],
    [{ date_range: { start: '2026-05-01', end: '2026-05-01' } }, ['cache']],
    [{ metadata: { version: { $gte: 3 } } }, ['cache']],
    [{ metadata: { area: { $in: ['security', 'desempenho'] } } }, ['cache', 'keys']],
    [{ metadata: { area: 'nothing' } }, []],
  ])('admits what the filters %j admit', async (filters, documents) => {
    const answer = await search({ query: 'cache docker keys', filters, max_results: 10 });
    expect(answer.results.map(({ document_id }) => document_id).sort()).toEqual(documents);
  });

  it('marks the words that were found and explains both sides', async () => {
    const { results } = await search({ query: 'volume Docker', highlight: true, explain: true });
    const [best] = results;
    const marked = best?.highlights?.map(({ start, end }) => best.text.slice(start, end));
    expect(marked).toEqual(['Docker', 'volume']);
    expect(best?.explain).toMatchObject({ vector: { rank: 1 }, lexical: { rank: 1 } });
    expect((await search({ query: 'volume Docker' })).results[0]).not.toHaveProperty('explain');
  });

  it('tells the time of each stage', async () => {
    const { timings } = await fixture.service.search(fixtureRequest({ query: 'docker' }), fixture.context());
    expect(timings.toHeader()).toMatch(/^embed;dur=[\d.]+, vector;dur=[\d.]+, lexical;dur=[\d.]+, fuse;dur=[\d.]+$/);
  });

  it('answers from the words when the embedder fails, and says so', async () => {
    fixture.embedder.failure = fail('EMBEDDING_UPSTREAM_FAILED');
    const answer = await search({ query: 'Como configurar o Docker?' });
    expect(answer.degraded).toEqual(['semantic_unavailable']);
    expect(answer.results[0]?.document_id).toBe('docker');
    await expect(search({ query: 'docker', mode: 'semantic' })).rejects.toMatchObject({
      code: 'SEARCH_SEMANTIC_UNAVAILABLE',
    });
  });

  it('answers from the words in time when the embedder hangs', async () => {
    fixture.embedder.isHung = true;
    const context = { ...fixture.context(), deadlineMs: performance.now() + 300 };
    const { answer } = await fixture.service.search(fixtureRequest({ query: 'docker' }), context);
    expect(answer.degraded).toEqual(['semantic_unavailable']);
    expect(performance.now()).toBeLessThan(context.deadlineMs);
  });

  it('answers from the meaning when the lexical index fails, and gives up when both do', async () => {
    jest.spyOn(fixture.store, 'searchLexical').mockRejectedValue(fail('STORE_UNAVAILABLE'));
    expect((await search({ query: 'Como configurar o Docker?' })).degraded).toEqual(['lexical_unavailable']);
    await expect(search({ query: 'docker', mode: 'lexical' })).rejects.toMatchObject({ code: 'SEARCH_UNAVAILABLE' });
    fixture.embedder.failure = fail('EMBEDDING_OVERLOADED');
    await expect(search({ query: 'docker' })).rejects.toMatchObject({ code: 'SEARCH_UNAVAILABLE' });
  });

  it('refuses an unknown collection and a collection of another model', async () => {
    await expect(search({ query: 'docker', collection: 'nowhere' })).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    });
    fixture.embedder.capabilities = { ...fixture.embedder.capabilities, model: 'other' };
    await expect(search({ query: 'docker', mode: 'semantic' })).rejects.toMatchObject({ code: 'COLLECTION_OUTDATED' });
    expect((await search({ query: 'docker', mode: 'lexical' })).results).not.toEqual([]);
    fixture.embedder.capabilities = { ...fixture.embedder.capabilities, model: 'words' };
  });

  it('stops when nobody waits any more', async () => {
    const controller = new AbortController();
    controller.abort();
    const context = { ...fixture.context(), signal: controller.signal };
    await expect(fixture.service.search(fixtureRequest({ query: 'docker' }), context)).rejects.toMatchObject({
      code: 'REQUEST_CANCELLED',
    });
  });

  it('ranks by ranks alone when told to', async () => {
    const service = fixture.serviceWith({ fusion: 'rrf' });
    const { answer } = await service.search(
      fixtureRequest({ query: 'Como configurar o Docker?', explain: true }),
      fixture.context(),
    );
    expect(answer.results[0]?.explain?.fused).toBeCloseTo(2 / 61);
  });

  it('searches again when a commit took a candidate away in between', async () => {
    const fetchChunks = fixture.store.fetchChunks.bind(fixture.store);
    jest.spyOn(fixture.store, 'fetchChunks').mockImplementationOnce(async (...given) => {
      await fixture.writer.apply('documents_dev', { remove: ['docker'] }, fixture.context());
      return await fetchChunks(...given);
    });
    const answer = await search({ query: 'Como configurar o Docker?', max_results: 3 });
    expect(answer.generation).toBe(2);
    expect(answer.results).toHaveLength(3);
    expect(answer.results.map(({ document_id }) => document_id)).not.toContain('docker');
  });
});
