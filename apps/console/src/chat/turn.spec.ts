import { newTurn, turnsOf, withEvent } from './turn';

describe('a question and its answer', () => {
  it('grows by events, and is in the end what the server says', () => {
    const events = [
      { type: 'sources', data: { sources: [{}, {}] } },
      { type: 'delta', data: { text: 'Use a ' } },
      { type: 'delta', data: { text: 'volume' } },
      { type: 'news', data: {} },
    ];
    const growing = events.reduce(withEvent, newTurn('How?'));
    expect(growing).toMatchObject({ passages: 2, answer: 'Use a volume', state: 'writing' });
    const answer = {
      answer: 'Use a volume.',
      citations: [],
      grounded: false,
      finish_reason: 'length',
      unsupported: [],
    };
    const done = withEvent(growing, { type: 'done', data: { ...answer, model: 'extractive', degraded: [] } });
    expect(done).toMatchObject({ answer: 'Use a volume.', state: 'done', isGrounded: false, isCut: true });
  });

  it('comes back from a conversation in pairs', () => {
    const turns = turnsOf([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ]);
    expect(turns.map(({ question, answer }) => [question, answer])).toEqual([
      ['a', 'b'],
      ['c', ''],
    ]);
  });
});
