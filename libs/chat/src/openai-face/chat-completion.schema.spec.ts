import { chatCompletionRequestSchema, turnsOf } from './chat-completion.schema';

const user = (content: unknown): object => ({ role: 'user', content });

describe('a chat completion request', () => {
  it('is taken with fields that change nothing here, and without those that would', () => {
    const body = { model: 'acervo', messages: [user('x')], top_p: 0.5, logit_bias: {}, tools: null, functions: [] };
    expect(chatCompletionRequestSchema.safeParse(body).success).toBe(true);
    for (const wrong of [{ tools: [{}] }, { n: 3 }, { response_format: { type: 'json_object' } }])
      expect(chatCompletionRequestSchema.safeParse({ ...body, ...wrong }).success).toBe(false);
  });

  it.each<[string, unknown[]]>([
    ['no message', []],
    ['an answer last', [user('x'), { role: 'assistant', content: 'y' }]],
    ['a question without text', [user('   ')]],
    ['a question with a picture', [user([{ type: 'image_url', image_url: { url: 'x' } }])]],
    ['a question beyond 8,000 characters', [user('x'.repeat(8_001))]],
  ])('is refused with %s', (_, messages) => {
    expect(chatCompletionRequestSchema.safeParse({ model: 'acervo', messages }).success).toBe(false);
  });

  it('gives the turns of both sides, without instructions and what has no text', () => {
    const messages = [
      { role: 'system', content: 'Obey.' },
      user([
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ]),
      { role: 'assistant', content: null },
      { role: 'tool', content: '7' },
      { role: 'assistant', content: ' c ' },
      user('d'),
    ];
    expect(turnsOf(chatCompletionRequestSchema.parse({ model: 'acervo', messages }).messages)).toEqual([
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: 'c' },
      { role: 'user', content: 'd' },
    ]);
  });

  it('keeps the question whole and of the rest the latest, within its bounds', () => {
    const many = Array.from({ length: 40 }, (_, nth) => user(`m${nth}`));
    expect(turnsOf(chatCompletionRequestSchema.parse({ model: 'acervo', messages: many }).messages)).toHaveLength(21);
    const long = [user('old'), { role: 'assistant', content: 'x'.repeat(90_000) }, user('why?')];
    expect(turnsOf(chatCompletionRequestSchema.parse({ model: 'acervo', messages: long }).messages)).toEqual([
      { role: 'user', content: 'why?' },
    ]);
  });
});
