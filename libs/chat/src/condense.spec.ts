import { condenseByRules } from './condense';

const talk = (...asked: string[]) =>
  asked
    .flatMap((content) => [
      { role: 'user' as const, content },
      { role: 'assistant' as const, content: 'resposta' },
    ])
    .slice(0, -1);

describe('a conversation as one question', () => {
  it.each([
    [['Como configurar Docker?'], 'Como configurar Docker?'],
    [['Como configurar Docker?', 'E sem root?'], 'Como configurar Docker? E sem root?'],
    [['How do I cache answers?', 'How long does it keep them?'], 'How do I cache answers? How long does it keep them?'],
    [
      ['Como configurar Docker?', 'Quais formatos de arquivo podem ser enviados para indexação?'],
      'Quais formatos de arquivo podem ser enviados para indexação?',
    ],
  ])('%j → %j', (asked, expected) => {
    expect(condenseByRules(talk(...asked))).toBe(expected);
  });
});
