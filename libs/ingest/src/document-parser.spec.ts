import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { callContext } from '@acervo/kernel';

import { DocumentParser } from './document-parser';
import type { PreparedDocument } from './prepare-document';

const chunking = { size: 500, overlap: 50, version: 1 };

describe('DocumentParser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-parser-'));
  const parsers: DocumentParser[] = [];
  const make = (options = {}): DocumentParser => {
    const parser = new DocumentParser(options);
    parsers.push(parser);
    return parser;
  };
  const parse = (parser: DocumentParser, name: string, content: string | Uint8Array): Promise<PreparedDocument> => {
    const path = join(directory, name.replace(/\W/g, '_'));
    writeFileSync(path, content);
    return parser.parse({ path, name, given: {}, chunking }, callContext(30_000));
  };

  afterAll(async () => {
    await Promise.all(parsers.map((parser) => parser.close()));
    rmSync(directory, { recursive: true });
  });

  it('reads files one after the other in a process of its own', async () => {
    const parser = make();
    const [first, second] = await Promise.all([
      parse(parser, 'a.md', '---\ndate: 2026-05-01\n---\n# Olá\n\nIsto é um texto em português para o teste.'),
      parse(parser, 'b.txt', 'This is a text in English for the test.'),
    ]);
    expect(first).toMatchObject({ title: 'Olá', docType: 'markdown', language: 'pt', date: '2026-05-01' });
    expect(second).toMatchObject({ title: 'b', docType: 'text', language: 'en', date: undefined });
  });

  it('stops a file that takes too long and goes on with the next', async () => {
    const parser = make({ timeoutMs: 1_500 });
    const slow = parse(parser, 'slow.md', '> '.repeat(40_000) + 'x');
    const next = parse(parser, 'next.txt', 'still here');
    await expect(slow).rejects.toMatchObject({ code: 'DOCUMENT_PARSE_TIMEOUT' });
    await expect(next).resolves.toMatchObject({ text: 'still here' });
  });

  it('refuses a file that needs more memory than allowed and goes on with the next', async () => {
    const parser = make({ maxHeapMegabytes: 64 });
    const deep = parse(parser, 'wide.json', `[${'{"a":[1,2,3]},'.repeat(1_500_000)}1]`);
    const next = parse(parser, 'next.txt', 'still here');
    await expect(deep).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    await expect(next).resolves.toMatchObject({ text: 'still here' });
  });

  it('refuses a file and a text beyond the limits', async () => {
    const parser = make({ maxFileBytes: 100, maxCharacters: 50 });
    await expect(parse(parser, 'big.txt', 'x'.repeat(101))).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    await expect(parse(parser, 'long.txt', 'x'.repeat(51))).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
  });
});
