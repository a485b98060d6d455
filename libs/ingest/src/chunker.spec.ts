import { chunkText } from './chunker';
import type { StructuredText } from './parsed-document';
import { parseMarkdown } from './parsers/markdown';

function markdown(text: string): StructuredText {
  return parseMarkdown({ bytes: Buffer.from(text), name: 'a.md' });
}

describe('chunkText', () => {
  it('opens a chunk at each heading and gives it the path that leads there', () => {
    const chunks = chunkText(markdown('Intro\n\n# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree'), {
      size: 500,
      overlap: 50,
    });
    expect(chunks.map(({ text, headings }) => [text, headings])).toEqual([
      ['Intro', []],
      ['one', ['A']],
      ['two', ['A', 'B']],
      ['three', ['C']],
    ]);
  });

  it('keeps a heading without text of its own when nothing below carries it', () => {
    const chunks = chunkText(markdown('# A\n\n## B\n\n## C\n\ntext'), { size: 500, overlap: 0 });
    expect(chunks.map(({ text, headings }) => [text, headings])).toEqual([
      ['## B', ['A']],
      ['text', ['A', 'C']],
    ]);
  });

  it('never divides a code block that fits', () => {
    const code = `\`\`\`js\n${'line();\n\n'.repeat(20)}\`\`\``;
    const chunks = chunkText(markdown(`${'word '.repeat(30)}\n\n${code}\n\n${'word '.repeat(30)}`), {
      size: 220,
      overlap: 60,
    });
    expect(chunks.filter(({ text }) => text.includes('line();')).map(({ text }) => text.includes(code))).toEqual([
      true,
    ]);
  });

  it('begins the next chunk with the end of the one before, at a sentence', () => {
    const text = 'First sentence here. Second sentence here. Third sentence here. Fourth sentence here.';
    const chunks = chunkText({ text, blocks: [], pageStarts: [] }, { size: 45, overlap: 22 });
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      'First sentence here. Second sentence here.',
      'Second sentence here. Third sentence here.',
      'Third sentence here. Fourth sentence here.',
    ]);
  });

  it('gives the page on which a chunk begins', () => {
    const chunks = chunkText(
      { text: 'page one\n\npage two\n\n', blocks: [], pageStarts: [0, 10] },
      { size: 10, overlap: 0 },
    );
    expect(chunks.map(({ page }) => page)).toEqual([1, 2]);
  });
});
