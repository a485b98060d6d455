import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { encode } from 'iconv-lite';

import { callContext } from '@acervo/kernel';

import { chunkText } from './chunker';
import { DocumentParser } from './document-parser';
import type { DocType } from './parsed-document';
import { makeDocx, makePdf } from './parsers/sample-files';
import type { GivenFields, PreparedDocument } from './prepare-document';
import { structureOf } from './structure';

const chunking = { size: 500, overlap: 50, version: 1 };

/** In the child process, where it runs in truth: pdf.js loads itself in a way that Jest's modules cannot. */
const parser = new DocumentParser({ maxCharacters: 1_000_000 });
const directory = mkdtempSync(join(tmpdir(), 'acervo-prepare-'));

async function prepare(
  name: string,
  content: string | Uint8Array,
  given: GivenFields = {},
  format?: DocType,
): Promise<PreparedDocument> {
  const path = join(directory, 'file');
  writeFileSync(path, content);
  return await parser.parse({ path, name, format, given, chunking }, callContext(30_000));
}

afterAll(async () => {
  await parser.close();
  rmSync(directory, { recursive: true });
});

describe('prepareDocument', () => {
  it('reads front matter of Markdown into fields and metadata', async () => {
    const document = await prepare(
      'a.md',
      '---\ntitle: Rolling back\ndate: 2026-10-02\narea: operations\nversion: 3\nlang: pt-BR\ntags: [a, b]\nnested: {x: 1}\n---\n# Heading { #anchor }\n\nText.',
    );
    expect(document).toMatchObject({
      title: 'Rolling back',
      date: '2026-10-02',
      language: 'pt',
      metadata: { area: 'operations', version: 3, tags: ['a', 'b'] },
    });
    expect(document.metadata).not.toHaveProperty('nested');
    expect(document.chunks.map(({ passage }) => passage)).toEqual(['Rolling back › Heading\n\nText.']);
  });

  it('lets the sender’s fields win', async () => {
    const given = {
      title: 'Given',
      date: '2020-01-01',
      language: 'en',
      metadata: { area: 'b' },
      docType: 'faq',
    } as const;
    const document = await prepare('a.md', '---\ntitle: Own\narea: a\nkept: 1\n---\nOlá para todos.', given);
    expect(document).toMatchObject({ ...given, metadata: { area: 'b', kept: 1 } });
  });

  it.each([
    ['windows-1252', encode('Configuração do servidor: não há conexão.', 'windows-1252')],
    ['UTF-16 with a mark', encode('Configuração do servidor: não há conexão.', 'utf-16le', { addBOM: true })],
    ['UTF-8 with a mark', Buffer.from('\uFEFFConfiguração do servidor: não há conexão.')],
    ['decomposed UTF-8', Buffer.from('Configuração do servidor: não há conexão.'.normalize('NFD'))],
  ])('reads text in %s', async (_encoding, bytes) => {
    expect((await prepare('a.txt', bytes)).text).toBe('Configuração do servidor: não há conexão.');
  });

  it('takes the main content of HTML with its structure', async () => {
    const document = await prepare(
      'a.html',
      `<!doctype html><html lang="pt"><head><title>Férias</title><style>p{}</style></head><body>
       <nav><a href="/">Menu</a></nav><main><h1>Política</h1><p>As <b>férias</b> são pedidas com trinta dias
       de antecedência. ${'Mais texto para que o conteúdo conte como principal. '.repeat(5)}</p>
       <h2>Prazos</h2><ul><li>um</li><li>dois</li></ul><table><tr><th>Mês</th><th>Dias</th></tr><tr><td>Maio</td><td>10</td></tr></table>
       <pre>npm run x</pre></main><script>alert(1)</script></body></html>`,
    );
    expect(document).toMatchObject({ title: 'Férias', language: 'pt', docType: 'html' });
    expect(document.chunks.map(({ headings }) => headings)).toEqual([['Política'], ['Política', 'Prazos']]);
    expect(document.chunks[0]?.text).toMatch(/^As férias são pedidas com trinta dias de antecedência\./);
    expect(document.chunks[1]?.text).toBe('- um\n- dois\n\nMês | Dias\nMaio | 10\n\n```\nnpm run x\n```');
    expect(document.text).not.toMatch(/Menu|alert/);
  });

  it('reads PDF page by page', async () => {
    const document = await prepare(
      'a.pdf',
      makePdf(['First page text', 'Second (page) text'], { title: 'The report' }),
    );
    expect(document).toMatchObject({ title: 'The report', date: '2026-05-01', docType: 'pdf', metadata: { pages: 2 } });
    expect(document.text).toMatch(/First page text[^]*\f[^]*Second \(page\) text/);
    expect(document.chunks.map(({ page }) => page)).toEqual([1]);
  });

  it('reads headings, paragraphs and tables of DOCX', async () => {
    const document = await prepare('a.docx', makeDocx(['# Reunião', 'Texto da reunião da equipe.', 'Nome | Valor']));
    expect(document).toMatchObject({ title: 'Ata & notas', date: '2026-04-03', docType: 'docx' });
    expect(document.chunks).toMatchObject([
      { headings: ['Reunião'], text: expect.stringContaining('Nome | Valor') as string },
    ]);
  });

  it('writes the name of its column next to each value of CSV', async () => {
    const document = await prepare('a.csv', 'nome;cargo\n"Ana; Maria";chefe\nJoão;\n');
    expect(document.text).toBe('nome: Ana; Maria\ncargo: chefe\n\nnome: João\n\n');
    expect(document.metadata).toEqual({ rows: 2 });
  });

  it('reads a JSON object with text as a document, a list as sections, anything else as paths', async () => {
    const object = await prepare('a.json', '{"title":"T","text":"Body text","area":"x","date":"2026-01-02"}');
    expect(object).toMatchObject({ title: 'T', text: 'Body text\n\n', date: '2026-01-02', metadata: { area: 'x' } });
    const list = await prepare('a.jsonl', '{"title":"A","text":"one"}\n{"title":"B","text":"two"}\n');
    expect(list.chunks.map(({ headings, text }) => [headings, text])).toEqual([
      [['A'], 'one'],
      [['B'], 'two'],
    ]);
    expect((await prepare('a.json', '{"a":{"b":[1,true]},"c":null}')).text).toBe('a.b: 1\na.b: true\n\n');
  });

  it('believes the content more than the name', async () => {
    expect((await prepare('report.txt', makePdf(['In truth a PDF']))).docType).toBe('pdf');
  });

  it('titles a text without a name by its first line', async () => {
    expect((await prepare('', 'The import stopped.\nMore.', {}, 'text')).title).toBe('The import stopped.');
  });

  it.each<[string, string, string | Uint8Array]>([
    ['DOCUMENT_EMPTY', 'a.md', ''],
    ['DOCUMENT_EMPTY', 'a.md', '\n \n---\n'],
    ['DOCUMENT_EMPTY', 'scan.pdf', makePdf([''])],
    ['DOCUMENT_ENCRYPTED', 'a.pdf', makePdf(['secret'], { isEncrypted: true })],
    ['DOCUMENT_ENCRYPTED', 'a.docx', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)])],
    ['DOCUMENT_UNREADABLE', 'a.pdf', '%PDF-1.7\ngarbage'],
    ['DOCUMENT_UNREADABLE', 'a.pdf', 'no PDF at all'],
    ['DOCUMENT_UNREADABLE', 'a.docx', makeDocx(['text']).slice(0, 900)],
    ['DOCUMENT_UNREADABLE', 'a.docx', zipSync({ 'x.txt': strToU8('x') })],
    ['DOCUMENT_UNREADABLE', 'a.json', '{"open": '],
    ['DOCUMENT_UNREADABLE', 'a.jsonl', '{"text":"fine"}\n{broken'],
    ['DOCUMENT_UNREADABLE', 'a.json', '['.repeat(100) + '1' + ']'.repeat(100)],
    ['DOCUMENT_UNREADABLE', 'a.txt', 'text\0with zeros'],
    ['DOCUMENT_TYPE_UNSUPPORTED', 'a.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['DOCUMENT_TYPE_UNSUPPORTED', 'a.bin', Buffer.from([1, 0, 2, 0, 3])],
    ['DOCUMENT_TYPE_UNSUPPORTED', 'a.zip', zipSync({ 'x.txt': strToU8('x') })],
    ['DOCUMENT_TOO_LARGE', 'a.txt', 'x'.repeat(1_000_001)],
    ['DOCUMENT_TOO_LARGE', 'a.docx', makeDocx(['x'.repeat(40_000_000)])],
  ])('refuses with %s what %s holds', async (code, name, content) => {
    await expect(prepare(name, content)).rejects.toMatchObject({ code });
  });

  it.each([
    ['a.docx', makeDocx(['# Um', 'texto', '# Dois', 'mais texto'])],
    ['a.html', Buffer.from('<h1>Um</h1><p>texto</p><h2>snake_case</h2><pre># no heading</pre>')],
    ['a.pdf', makePdf(['one '.repeat(120), 'two '.repeat(120)])],
    ['a.md', Buffer.from('# A\n\ntext\n\n## B\n\n| a | b |\n|---|---|\n| 1 | 2 |')],
  ])('gives the same chunks from the stored text of %s', async (name, bytes) => {
    const { text, docType, chunks } = await prepare(name, bytes);
    const again = chunkText(structureOf(text, docType), chunking).map(
      (chunk) => expect.objectContaining(chunk) as unknown,
    );
    expect(chunks).toEqual(again);
  });
});
