import type { Citation } from '../answer';

import { toChunks, toCompletion, type FaceAnswer, type FaceEvent } from './chat-completion';

const citation = (index: number, source: string): Citation => ({
  ...{ index, source, chunk_id: 'c', document_id: `d/${index}`, title: `T${index}`, quote: 'q' },
  position: { start: 0, end: 1 },
});
const answer: FaceAnswer = {
  text: 'One [1]. Both [1][2]. Not [7].',
  isCut: false,
  details: {
    ...{ grounded: true, model: 'extractive', degraded: [] },
    citations: [citation(1, 'docs/a.md'), citation(2, 'https://example.org/b')],
  },
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
};
const head = { id: 'chatcmpl-1', created: 7, model: 'acervo', origin: 'http://localhost:8000' };

async function* said(): AsyncGenerator<FaceEvent> {
  yield { type: 'delta', text: 'One ' };
  await Promise.resolve();
  yield { type: 'delta', text: '[1].' };
  yield { type: 'done', answer };
}

describe('answers in the form of OpenAI', () => {
  it('have an annotation for every mark that names a source, where it stands', () => {
    const [choice] = toCompletion(answer, head).choices;
    const notes = choice?.message.annotations.map(({ url_citation: note }) => note) ?? [];
    expect(notes.map(({ start_index: start, end_index: end }) => answer.text.slice(start, end))).toEqual([
      ...['[1]', '[1]', '[2]'],
    ]);
    expect(notes.map(({ url }) => url)).toEqual([
      'http://localhost:8000/documents/d%2F1',
      'http://localhost:8000/documents/d%2F1',
      'https://example.org/b',
    ]);
  });

  it('say when a budget cut them off', () => {
    expect(toCompletion({ ...answer, isCut: true }, head).choices[0]?.finish_reason).toBe('length');
  });

  it('come in chunks: the role, the texts, the finish with its annotations', async () => {
    const chunks: unknown[] = [];
    for await (const chunk of toChunks(said(), head, false)) chunks.push(chunk);
    expect(chunks).toMatchObject([
      { id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant' } }] },
      { choices: [{ delta: { content: 'One ' }, finish_reason: null }] },
      { choices: [{ delta: { content: '[1].' }, finish_reason: null }] },
      { choices: [{ delta: { annotations: { length: 3 } }, finish_reason: 'stop' }] },
    ]);
    expect(chunks.filter((chunk) => 'usage' in (chunk as object))).toEqual([]);
  });

  it('have their usage last, when it is asked for', async () => {
    const chunks: unknown[] = [];
    for await (const chunk of toChunks(said(), head, true)) chunks.push(chunk);
    expect(chunks[0]).toMatchObject({ usage: null });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: answer.usage });
  });
});
