export const chatCompletionExamples = {
  question: {
    summary: 'Uma pergunta',
    value: { model: 'acervo', messages: [{ role: 'user', content: 'Como configurar Docker?' }] },
  },
  stream: {
    summary: 'A question, answered as it is written',
    value: {
      model: 'acervo',
      messages: [{ role: 'user', content: 'What belongs in a cache key?' }],
      stream: true,
      stream_options: { include_usage: true },
    },
  },
};

export const embeddingsExamples = {
  query: {
    summary: 'Uma pergunta',
    value: { model: 'acervo-embedding', input: 'Como configurar Docker?', input_type: 'query' },
  },
  passages: {
    summary: 'Texts that are searched',
    value: { model: 'acervo-embedding', input: ['Mount DATA_DIR as a volume.', 'Keys are rotated monthly.'] },
  },
};
