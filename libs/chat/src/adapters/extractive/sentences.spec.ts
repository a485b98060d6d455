import fc from 'fast-check';

import { splitSentences } from './sentences';

const markdown = `# Docker

Suba com \`docker compose up\`. Acompanhe o log,
que diz o que falta.

Há dois casos que se confundem:

- a porta 8000 está ocupada por outro processo
1. o volume pertence ao root, que é o dono

| sintoma | causa provável |
| --- | --- |
| código 78 | um valor foi recusado |

\`\`\`bash
docker run --rm acervo with a long line of code
\`\`\`
Fim. A versão 2.0 saiu em 2026.`;

describe('the sentences of a passage', () => {
  it('are sentences, items and rows, without marks, code, headings and leads', () => {
    expect(splitSentences(markdown, 'pt').map(({ text }) => text)).toEqual([
      'Suba com `docker compose up`.',
      'Acompanhe o log, que diz o que falta.',
      'a porta 8000 está ocupada por outro processo',
      'o volume pertence ao root, que é o dono',
      'código 78: um valor foi recusado',
      'A versão 2.0 saiu em 2026.',
    ]);
  });

  it('stand where they say, whatever the text', () => {
    const piece = fc.constantFrom(
      'Uma frase inteira. ',
      'e outra coisa! ',
      '\n',
      '\n\n',
      '- ',
      '# ',
      '```\n',
      '| a | b |\n',
      '3. ',
      '  ',
      'É assim? ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
        (text) => {
          for (const { text: said, start } of splitSentences(text, 'pt')) {
            const place = text.slice(start);
            expect(said.split(/\s+/).every((word) => place.includes(word.replace(/[:;]$/, '')))).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
