import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { callContext } from '@acervo/kernel';
import { createLocalEmbedder, type Embedder } from '@acervo/embedding';
import {
  CollectionWriter,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  type SqliteDocumentStore,
} from '@acervo/store';

import { DocumentParser } from './document-parser';
import { ingestPaths, type IngestEvent, type IngestPathsOptions } from './ingest-paths';
import { Ingester } from './ingester';
import { reindex, type ReindexEvent } from './reindex';

/** The real pipeline: child process, bundled model, SQLite, embedded vector index. */
describe('ingestPaths', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-ingest-'));
  const root = join(directory, 'docs');
  const context = callContext(120_000);
  const parser = new DocumentParser();
  let store: SqliteDocumentStore;
  let vectors: EmbeddedVectorIndex;
  let embedder: Embedder;
  let writer: CollectionWriter;
  let ingester: Ingester;

  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const makeIngester = (size: number, overlap: number): Ingester =>
    new Ingester({ store, writer, embedder, parser, chunking: { size, overlap } });
  const run = async (options: Partial<IngestPathsOptions> = {}): Promise<IngestEvent[]> => {
    const events: IngestEvent[] = [];
    const given = { collection: 'manual', workingDirectory: directory, ...options };
    for await (const event of ingestPaths({ ingester, store, writer }, ['docs'], given, context)) events.push(event);
    return events.filter(({ type }) => type !== 'embedded');
  };
  const summary = (events: readonly IngestEvent[]): unknown => events.find(({ type }) => type === 'finished');

  beforeAll(async () => {
    store = await createSqliteDocumentStore({ directory: join(directory, 'data') });
    vectors = new EmbeddedVectorIndex({ directory: join(directory, 'vectors'), source: store });
    embedder = createLocalEmbedder({ threads: 1 });
    writer = new CollectionWriter(store, vectors);
    ingester = makeIngester(300, 50);
    write(
      'en/docker.md',
      '---\ntitle: Docker\ndate: 2026-05-01\narea: deploy\n---\n# Docker\n\nRun the server in a container.',
    );
    write('pt/docker.md', '# Docker em português\n\nExecute o servidor em um contêiner da equipe.');
    write('pt/vazio.md', '   \n');
    write('pt/quebrado.pdf', '%PDF-1.4 this is not the rest of a PDF');
    write('.hidden/secret.md', '# Secret');
    write('node_modules/x/readme.md', '# Dependency');
    write('picture.png', Buffer.from('89504e470d0a1a0a', 'hex'));
    writeFileSync(join(directory, 'outside.md'), '# Outside');
    symlinkSync(join(directory, 'outside.md'), join(root, 'link.md'));
  });
  afterAll(async () => {
    await Promise.all([parser.close(), embedder.close(), vectors.close()]);
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('indexes what can be read and says why the rest was skipped', async () => {
    const events = await run();
    expect(summary(events)).toMatchObject({ summary: { files: 4, indexed: 2, skipped: 2, chunks: 2, embedded: 2 } });
    const skipped = events.flatMap((event) => (event.type === 'skipped' ? [[event.source, event.error.code]] : []));
    expect(skipped.sort()).toEqual([
      ['docs/pt/quebrado.pdf', 'DOCUMENT_UNREADABLE'],
      ['docs/pt/vazio.md', 'DOCUMENT_EMPTY'],
    ]);
    const { documents } = await store.listDocuments('manual', { limit: 10 }, context);
    expect(
      documents.map(({ source, title, date, language, metadata }) => [source, title, date, language, metadata]).sort(),
    ).toEqual([
      ['docs/en/docker.md', 'Docker', '2026-05-01', 'en', { area: 'deploy' }],
      ['docs/pt/docker.md', 'Docker em português', expect.stringMatching(/^\d{4}-\d\d-\d\d$/), 'pt', {}],
    ]);
  });

  it('does nothing for an unchanged folder', async () => {
    const before = await store.findCollection('manual', context);
    expect(summary(await run())).toMatchObject({ summary: { indexed: 0, unchanged: 2, embedded: 0 } });
    expect((await store.findCollection('manual', context))?.generation).toBe(before?.generation);
  });

  it('embeds only the chunks that changed', async () => {
    const section = (name: string): string => `## ${name}\n\nThis section speaks of ${name} and nothing else.\n\n`;
    write('en/long.md', `# Long\n\n${['one', 'two', 'three'].map(section).join('')}`);
    expect(summary(await run())).toMatchObject({ summary: { indexed: 1, chunks: 3, embedded: 3 } });
    write('en/long.md', `# Long\n\n${['one', 'two', 'four'].map(section).join('')}`);
    expect(summary(await run())).toMatchObject({ summary: { indexed: 1, chunks: 3, embedded: 1 } });
  });

  it('keeps the same content once, and moves it when its file was moved', async () => {
    write('en/copy.md', '# Docker em português\n\nExecute o servidor em um contêiner da equipe.');
    expect((await run()).map(({ type }) => type)).toContain('duplicate');
    rmSync(join(root, 'pt/docker.md'));
    const events = await run({ prune: true });
    expect(summary(events)).toMatchObject({ summary: { indexed: 1, embedded: 0, removed: 1 } });
    const { documents } = await store.listDocuments('manual', { limit: 10, sourcePrefix: 'docs/en/copy' }, context);
    expect(documents.map(({ title }) => title)).toEqual(['Docker em português']);
  });

  it('takes no new time stamp for a change', async () => {
    utimesSync(join(root, 'en/docker.md'), new Date('2020-01-01'), new Date('2020-01-01'));
    expect(summary(await run())).toMatchObject({ summary: { indexed: 0 } });
  });

  it('reports documents whose files are gone, and removes only those when asked to prune', async () => {
    await writer.apply('manual', { put: [] }, context);
    rmSync(join(root, 'en/long.md'));
    expect(summary(await run())).toMatchObject({ summary: { missing: 1, removed: 0 } });
    expect(summary(await run({ prune: true }))).toMatchObject({ summary: { missing: 0, removed: 1 } });
    expect((await store.findCollection('manual', context))?.documents).toBe(2);
  });

  it('refuses a collection that was built with another chunking, and rebuilds it from its texts', async () => {
    ingester = makeIngester(200, 20);
    await expect(run()).rejects.toMatchObject({ code: 'COLLECTION_OUTDATED' });
    const before = await store.findCollection('manual', context);
    const events: ReindexEvent[] = [];
    for await (const event of reindex({ ingester, store, writer, embedder }, 'manual', context)) events.push(event);
    expect(events.at(-1)).toMatchObject({
      type: 'finished',
      collection: { name: 'manual', documents: 2, chunking: { size: 200, overlap: 20 } },
    });
    const after = await store.findCollection('manual', context);
    expect(after?.generation).toBeGreaterThan(before?.generation ?? Infinity);
    expect((await store.listCollections(context)).map(({ name }) => name)).toEqual(['manual']);
    expect(summary(await run())).toMatchObject({ summary: { indexed: 0, unchanged: 2 } });
    const vector = await embedder.embedBatch(['contêiner da equipe'], 'query', context);
    const [hits] = await vectors.search('manual', [{ vector, limit: 1 }], context);
    const chunks = await store.fetchChunks(
      'manual',
      (hits ?? []).map(({ key }) => key),
      context,
    );
    expect(chunks.map(({ document }) => document.source)).toEqual(['docs/en/copy.md']);
  });
});
