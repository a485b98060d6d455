import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { callContext } from '@acervo/kernel';
import {
  CollectionWriter,
  createPostgresDocumentStore,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  type DocumentStore,
  type NewDocument,
} from '@acervo/store';
import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { chunkerVersion } from './chunker';
import { migrateCollection, type MigrationEvent } from './migrate-collection';
import { toNewChunk } from './passage';

const name = 'manual';
const dimensions = 4;
const spec = {
  name,
  embeddingModel: 'sample',
  dimensions,
  chunking: { size: 100, overlap: 10, version: chunkerVersion },
};
const context = callContext(120_000);

function sampleDocument(nth: number, word = 'entrega'): NewDocument {
  const title = `Nota ${nth}`;
  const texts = Array.from({ length: 1 + (nth % 3) }, (_, part) => `Parte ${part} da nota ${nth}: ${word}.`);
  const text = texts.join('\n');
  const chunks = texts.map((one) => {
    const start = text.indexOf(one);
    return toNewChunk(title, { text: one, start, end: start + one.length, headings: ['Topo'], page: 1 + (nth % 2) });
  });
  const embeddings = new Float32Array(chunks.length * dimensions);
  chunks.forEach((_, row) => {
    const angle = nth + row / 10;
    embeddings.set([Math.cos(angle), Math.sin(angle), 0, 0], row * dimensions);
  });
  return {
    ...{ id: `nota-${nth}`, title, source: `notas/${nth}.txt`, docType: 'text', language: 'pt' as const },
    ...{ date: nth % 2 === 0 ? '2026-01-31' : undefined, metadata: { numero: nth, area: 'vendas' } },
    ...{ contentHash: `conteúdo de ${nth}: ${word}`, text, chunks, embeddings },
  };
}

async function contentOf(store: DocumentStore): Promise<object[]> {
  const keys = await store.listKeys(name, context);
  const chunks = await store.fetchChunks(name, [...keys], context);
  const vectors = await store.fetchEmbeddings(name, keys, context);
  return chunks.map(({ id, ordinal, text, start, end, headings, page, document }, row) => ({
    ...{ id, ordinal, text, start, end, headings, page },
    document: { ...document, createdAt: '', updatedAt: '' },
    vector: [...vectors.subarray(row * dimensions, (row + 1) * dimensions)].map((value) => value.toFixed(2)),
  }));
}

describeWithPostgres('Migration of a collection', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-migrate-'));
  const opened: { close(): Promise<void> }[] = [];
  let postgres: PostgresServer;
  let nth = 0;

  const end = async (kind: 'sqlite' | 'postgres'): Promise<{ store: DocumentStore; writer: CollectionWriter }> => {
    const folder = join(directory, `${(nth += 1)}`);
    const store =
      kind === 'sqlite'
        ? await createSqliteDocumentStore({ directory: folder })
        : await createPostgresDocumentStore({ url: postgres.createDatabase().url });
    const vectors = new EmbeddedVectorIndex({ directory: join(folder, 'vectors'), source: store });
    opened.push(vectors, store);
    return { store, writer: new CollectionWriter(store, vectors) };
  };
  const filled = async (kind: 'sqlite' | 'postgres', documents: number): Promise<Awaited<ReturnType<typeof end>>> => {
    const made = await end(kind);
    await made.writer.ensureCollection(spec, context);
    const put = Array.from({ length: documents }, (_, one) => sampleDocument(one));
    await made.writer.apply(name, { put }, context);
    return made;
  };
  const run = async (
    from: { store: DocumentStore },
    to: { store: DocumentStore; writer: CollectionWriter },
  ): Promise<MigrationEvent | undefined> => {
    let last: MigrationEvent | undefined;
    const ports = { source: from.store, target: to.store, writer: to.writer };
    for await (const event of migrateCollection(ports, name, context)) last = event;
    return last;
  };

  beforeAll(async () => {
    postgres = await startPostgresServer();
  }, 60_000);
  afterAll(async () => {
    for (const one of opened) await one.close();
    await postgres.stop();
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const)('carries every passage with its vector from %s to %s', async (source, target) => {
    const from = await filled(source, 40);
    const to = await end(target);
    expect(await run(from, to)).toMatchObject({ type: 'finished', documents: 40, total: 40, copied: 40 });
    expect(await contentOf(to.store)).toEqual(await contentOf(from.store));
    expect(await to.store.findText(name, 'nota-7', context)).toBe(sampleDocument(7).text);
  });

  it('goes on where an interrupted run stopped, and carries what changed since', async () => {
    const from = await filled('sqlite', 900);
    const to = await end('postgres');
    const ports = { source: from.store, target: to.store, writer: to.writer };
    for await (const event of migrateCollection(ports, name, context)) {
      expect(event).toMatchObject({ type: 'progress' });
      break;
    }
    const half = (await to.store.findCollection(name, context, 'now'))?.documents ?? 0;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(900);
    expect(await run(from, to)).toMatchObject({ documents: 900, copied: 900 - half });

    await from.writer.apply(name, { put: [sampleDocument(3, 'prazo')] }, context);
    expect(await run(from, to)).toMatchObject({ documents: 900, copied: 1 });
    expect(await to.store.findText(name, 'nota-3', context)).toContain('prazo');
    expect((await to.store.findCollection(name, context, 'now'))?.chunks).toBe(
      (await from.store.findCollection(name, context, 'now'))?.chunks,
    );
  });

  it('refuses a target that was built otherwise', async () => {
    const from = await filled('sqlite', 1);
    const to = await end('postgres');
    await to.writer.ensureCollection({ ...spec, embeddingModel: 'another' }, context);
    await expect(run(from, to)).rejects.toMatchObject({ code: 'COLLECTION_OUTDATED' });
  });
});
