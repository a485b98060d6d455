import { Admission } from '@acervo/throttle';
import { untilEnded, type CallContext } from '@acervo/kernel';

import { searchBatch } from './batch-search';
import { fixtureDocument, openSearchFixture, type SearchFixture } from './search.fixture';
import { defaultSearchOptions } from './search-options';
import { searchRequestSchema } from './search.schema';
import { SearchService } from './search.service';

describe('searches under admission', () => {
  let fixture: SearchFixture;
  let admission: Admission;
  let service: SearchService;

  beforeAll(async () => {
    fixture = await openSearchFixture([fixtureDocument('docker', ['Como configurar o Docker em produção.'])]);
  });
  beforeEach(() => {
    admission = new Admission({ permits: 1, maxWaiting: 8 });
    const { store, vectorIndex, embedder } = fixture;
    service = new SearchService(store, vectorIndex, embedder, defaultSearchOptions, admission);
  });
  afterAll(async () => {
    await fixture.close();
  });

  const search = async (query: string, context: CallContext = fixture.context()): Promise<string> => {
    const { answer, timings } = await service.search(searchRequestSchema.parse({ query }), context);
    return `${answer.results.length} ${timings.toHeader()}`;
  };
  /** Takes the only permit until the answer is called. */
  const holdPermit = async (): Promise<() => Promise<void>> => {
    let giveBack = (): void => undefined;
    const held = admission.run('search', fixture.context(), async () => {
      await new Promise<void>((resolve) => (giveBack = resolve));
    });
    await Promise.resolve();
    return async () => {
      giveBack();
      await held;
    };
  };

  it('takes a permit for each search and gives it back', async () => {
    await search('docker');
    expect(admission.load).toMatchObject({ running: 0, admitted: 1 });
    await expect(search('', fixture.context()).catch(() => search('nowhere'))).resolves.toContain('1 ');
    expect(admission.load.running).toBe(0);
  });

  it('tells in Server-Timing how long a search has waited', async () => {
    const giveBack = await holdPermit();
    const waiting = search('docker');
    expect(admission.load.waiting).toBe(1);
    await giveBack();
    expect(await waiting).toMatch(/queue;dur=/);
    expect(await search('docker')).not.toMatch(/queue/);
  });

  it('starts nothing for a search that leaves while it waits', async () => {
    const giveBack = await holdPermit();
    const client = new AbortController();
    const calls = fixture.embedder.calls.length;
    const gone = search('docker', { signal: client.signal, deadlineMs: performance.now() + 20_000 });
    client.abort();
    await expect(gone).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    await giveBack();
    expect(fixture.embedder.calls.length).toBe(calls);
  });

  it('frees the permit of a search whose client leaves while the model hangs', async () => {
    fixture.embedder.isHung = true;
    const client = new AbortController();
    const context = { signal: client.signal, deadlineMs: performance.now() + 60_000 };
    const gone = untilEnded(search('docker', context), context);
    await new Promise(setImmediate);
    expect(admission.load.running).toBe(1);
    client.abort();
    await expect(gone).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    fixture.embedder.isHung = false;
    await expect(search('docker')).resolves.toBeDefined();
    expect(admission.load.running).toBe(0);
  });

  it('lets a batch take a permit for each search that is not kept, four at a time', async () => {
    const items = ['a', 'b', 'c', 'a', 'd', 'e'].map((query) => ({ query }));
    const answers = await searchBatch(service, items, 4, fixture.context());
    expect(answers.filter((answer) => 'results' in answer)).toHaveLength(6);
    expect(admission.load).toMatchObject({ running: 0, waiting: 0, admitted: 5, refused: 0 });
  });

  it('refuses a batch as a whole when none of its searches is admitted', async () => {
    const giveBack = await holdPermit();
    const soon = { signal: new AbortController().signal, deadlineMs: performance.now() + 20_000 };
    const before = ['a', 'b', 'c', 'd'].map(async (query) => search(query, soon));
    const refused = searchBatch(service, [{ query: 'e' }, { query: 'f' }, { query: '' }], 1, soon);
    const other = search('g', { ...soon, client: 'other' });
    await expect(refused).rejects.toMatchObject({ code: 'SERVER_OVERLOADED' });
    await giveBack();
    await Promise.all([...before, other]);
  });
});
