import { newProgress, withEvent } from './progress';

describe('what is known of a research', () => {
  it('grows by events; a finding that comes again takes its own place', () => {
    const finding = { id: 'f1', question: 0, claim: 'a', citations: [1], agreement: 'single_source' };
    const events = [
      { type: 'plan', data: { plan: ['a?', 'b?'], budget: { max_seconds: 1, max_searches: 2, max_tokens: 3 } } },
      { type: 'search', data: { round: 1, question: 0, query: 'a', results: 5, new_sources: [] } },
      { type: 'finding', data: finding },
      { type: 'finding', data: { ...finding, id: 'f2' } },
      { type: 'finding', data: { ...finding, agreement: 'supported' } },
      { type: 'report', data: { text: '# R' } },
      { type: 'report', data: { text: 'eport' } },
    ];
    const known = events.reduce(withEvent, newProgress('a and b?'));
    expect(known).toMatchObject({ plan: ['a?', 'b?'], report: '# Report', answer: undefined });
    expect(known.steps).toHaveLength(1);
    expect(known.findings.map(({ id, agreement }) => [id, agreement])).toEqual([
      ['f1', 'supported'],
      ['f2', 'single_source'],
    ]);
  });
});
