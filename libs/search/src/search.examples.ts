/** Realistic requests for the API documentation. */
export const searchExamples = {
  pt: {
    summary: 'Pergunta em português',
    value: { query: 'Como configurar Docker?', max_results: 5, highlight: true },
  },
  en: {
    summary: 'Question in English, narrowed',
    value: {
      query: 'How do I rotate API keys?',
      mode: 'hybrid',
      filters: { doc_type: 'markdown', language: 'en', date_range: { start: '2025-01-01' } },
      group_by_document: true,
    },
  },
};

export const batchExamples = {
  both: {
    summary: 'Duas perguntas de uma vez',
    value: [{ query: 'Como configurar Docker?' }, { query: 'What does the cache hit rate mean?', mode: 'lexical' }],
  },
};
