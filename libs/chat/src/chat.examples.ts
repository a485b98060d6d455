export const chatExamples = {
  question: { summary: 'Uma pergunta', value: { message: 'Como configurar Docker?' } },
  stream: {
    summary: 'A question, answered as it is written',
    value: { message: 'What belongs in a cache key?', stream: true },
  },
  conversation: {
    summary: 'A conversation that the client keeps',
    value: {
      messages: [
        { role: 'user', content: 'Como configurar Docker?' },
        { role: 'assistant', content: 'Monte DATA_DIR em um volume [1].' },
        { role: 'user', content: 'E sem root?' },
      ],
    },
  },
};
