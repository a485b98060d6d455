import { planByRules } from './plan-by-rules';

const partsOf = (question: string): string[] => planByRules(question).map((part) => part.question);

describe('a question taken apart by rules', () => {
  it.each([
    ['Como configurar Docker?'],
    ['single sign-on'],
    ['backup e recuperação'],
    ['acabei de baixar o projeto, e agora?'],
    ['apagar um documento e ter certeza de que ninguém mais o vê'],
    ['Que falhas os testes provocam de propósito e por quê?'],
    ['monolith or microservices?'],
    ['install and first search'],
  ])('%p stays whole', (question) => {
    expect(planByRules(question)).toEqual([{ question, query: question, phrasings: [], isReserve: false }]);
  });

  it.each([
    ['Como configurar Docker e Redis?', ['Como configurar Docker?', 'Como configurar Redis?']],
    [
      'Como configurar Docker, Redis e nginx?',
      ['Como configurar Docker?', 'Como configurar Redis?', 'Como configurar nginx?'],
    ],
    [
      'Como funcionam o cache em memória e o cache em disco?',
      ['Como funcionam o cache em memória?', 'Como funcionam o cache em disco?'],
    ],
    [
      'Quais são os limites de busca, chat e pesquisa?',
      ['Quais são os limites de busca?', 'Quais são os limites de chat?', 'Quais são os limites de pesquisa?'],
    ],
    ['Why does the search return 503 or 504?', ['Why does the search return 503?', 'Why does the search return 504?']],
  ])('%p is a list', (question, parts) => {
    expect(partsOf(question)).toEqual([...parts, question]);
    expect(planByRules(question).at(-1)?.isReserve).toBe(true);
  });

  it.each([
    [
      'qual o maior arquivo que posso enviar e que tipos de arquivo ele lê?',
      ['qual o maior arquivo que posso enviar?', 'que tipos de arquivo ele lê?'],
    ],
    ['What is an embedding? Do I need a GPU?', ['What is an embedding?', 'Do I need a GPU?']],
    [
      'What belongs in a cache key, and when does an answer expire?',
      ['What belongs in a cache key?', 'when does an answer expire?'],
    ],
  ])('%p is more than one question', (question, parts) => {
    expect(partsOf(question)).toEqual([...parts, question]);
  });

  it.each([
    ['Qual a diferença entre busca semântica e busca por palavras?', ['busca semântica', 'busca por palavras']],
    ['diferença entre busca semântica e lexical', ['busca semântica', 'busca lexical']],
    ['What is the difference between semantic and lexical search?', ['semantic search', 'lexical search']],
    ['difference between Docker and virtual machines', ['Docker', 'virtual machines']],
    ['difference between document, passage and collection', ['document', 'passage', 'collection']],
    ['Compare SQLite with Chroma', ['SQLite', 'Chroma']],
    ['SQLite vs Chroma', ['SQLite', 'Chroma']],
  ])('%p compares', (question, sides) => {
    const plan = planByRules(question);
    expect(plan.slice(0, -1).map((part) => part.question)).toEqual(
      sides.map((side) => expect.stringMatching(new RegExp(`^(?:O que é|What is) ${side}\\?$`)) as string),
    );
    expect(plan.at(-1)).toMatchObject({ question, isReserve: false });
  });

  it('searches for what leans on the part before together with it', () => {
    expect(planByRules('What is a collection and how do I delete it?')[1]).toMatchObject({
      question: 'how do I delete it?',
      query: 'What is a collection? how do I delete it?',
    });
    expect(planByRules('Como faço backup? E como restauro o índice do servidor?')[1]).toMatchObject({
      question: 'como restauro o índice do servidor?',
      query: 'como restauro o índice do servidor?',
    });
  });
});
