/** kill -9 while documents come in: what was answered 201 is searchable, nothing is half visible, the next start is clean. */
import { AcervoProcess } from './acervo-process';

const kills = 10;
const sectionsPerDocument = 4;
/** Each counted in the listing; so many, the youngest, are also searched one by one. */
const maxSearched = 30;
const seed = 20261124;

interface Listed {
  readonly documents: readonly { readonly id: string; readonly chunks: number }[];
  readonly cursor: string | null;
}
interface Found {
  readonly results: readonly { readonly document_id: string }[];
  readonly degraded: readonly string[];
}

/** Each section is longer than half a chunk, so a document has one chunk a section; each holds the document's word. */
function textOf(id: string): string {
  const word = id.replaceAll('-', '');
  const sections = Array.from({ length: sectionsPerDocument }, (_, nth) => {
    const filler = `O relatório número ${nth} descreve medições feitas no laboratório durante a semana. `.repeat(4);
    return `## Seção ${nth}\n\n${word} ${filler}`;
  });
  return sections.join('\n\n');
}

let server: AcervoProcess;
afterAll(() => server.stop('SIGKILL'));

it(`keeps every acknowledged document over ${kills} kills`, async () => {
  server = await AcervoProcess.start();
  const acknowledged = new Set<string>();
  let random = seed;
  const nextDelayMs = (): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return random % 700;
  };
  for (let round = 0; round < kills; round++) {
    await server.ready();
    let isKilled = false;
    const firstAcknowledged = signal();
    const clients = [0, 1, 2].map(async (client) => {
      for (let nth = 0; !isKilled; nth++) {
        const id = `r${round}-c${client}-n${nth}`;
        const body = { id, title: id, text: textOf(id), doc_type: 'markdown' };
        const answer = await server.post('/documents', body, { prefer: 'wait=30' }).catch(() => undefined);
        if (answer?.status !== 201) continue;
        acknowledged.add(id);
        firstAcknowledged.give();
      }
    });
    await Promise.race([firstAcknowledged.promise, pause(20_000)]);
    await pause(nextDelayMs());
    const killed = server.stop('SIGKILL');
    isKilled = true;
    await killed;
    await Promise.all(clients);
    server = await AcervoProcess.start({ DATA_DIR: server.dataDirectory });
  }
  await server.ready();

  const documents = await settledDocuments(server);
  const ids = new Set(documents.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(kills);
  expect(new Set(documents.map(({ chunks }) => chunks))).toEqual(new Set([sectionsPerDocument]));
  for (const { id } of documents.slice(-maxSearched)) {
    const query = id.replaceAll('-', '');
    for (const mode of ['lexical', 'semantic']) {
      const { body } = await server.post<Found>('/search', { query, mode, max_results: 100 });
      expect(body.degraded).toEqual([]);
      if (mode === 'lexical') {
        expect(body.results.map((result) => result.document_id)).toEqual(Array(sectionsPerDocument).fill(id));
      }
    }
  }
  const { body } = await server.post<Found>('/search', {
    query: 'relatório medições',
    mode: 'semantic',
    max_results: 100,
    group_by_document: true,
  });
  // Jobs that the last kill interrupted may have ended since the listing: more may be found, never less.
  const found = body.results.map((result) => result.document_id);
  expect(found).toEqual(expect.arrayContaining(documents.slice(0, 100).map(({ id }) => id)));
  expect(await server.stop()).toBe(0);
}, 420_000);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function signal(): { readonly promise: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return {
    promise,
    give: () => {
      give();
    },
  };
}

/** After the jobs that the last kill interrupted have run again. */
async function settledDocuments(server: AcervoProcess): Promise<Listed['documents']> {
  let last = '';
  for (let nth = 0; nth < 200; nth++) {
    const documents: { readonly id: string; readonly chunks: number }[] = [];
    let cursor: string | undefined;
    do {
      const page = await server.get<Listed & Record<string, unknown>>(
        `/documents?limit=100${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      documents.push(...page.body.documents);
      cursor = page.body.cursor ?? undefined;
    } while (cursor !== undefined);
    const now = JSON.stringify(documents.map(({ id }) => id));
    if (now === last) return documents;
    last = now;
    await pause(1_000);
  }
  throw new Error('The documents did not settle');
}
