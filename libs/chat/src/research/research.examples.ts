export const researchExamples = {
  list: { summary: 'Uma pergunta com várias partes', value: { question: 'Como configurar Docker, Redis e nginx?' } },
  comparison: {
    summary: 'A comparison, told step by step',
    value: { question: 'What is the difference between semantic search and lexical search?', stream: true },
  },
  budget: {
    summary: 'Com orçamento menor',
    value: {
      question: 'O que acontece quando o Redis cai, e o que acontece quando o Chroma cai?',
      budget: { max_seconds: 10, max_searches: 6 },
    },
  },
};
