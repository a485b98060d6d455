import { widenAfter, widenBefore, windowAround } from './text-window';

const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join('\n');

describe('the part of a document that is shown', () => {
  it('is the whole of a short one', () => {
    expect(windowAround('short', { start: 0, end: 5 })).toEqual({ start: 0, end: 5 });
    expect(windowAround('', undefined)).toEqual({ start: 0, end: 0 });
  });

  it('holds the passage and whole lines around it', () => {
    const passage = { start: 30_000, end: 30_500 };
    const { start, end } = windowAround(lines, passage);
    expect(start).toBeLessThan(passage.start);
    expect(end).toBeGreaterThan(passage.end);
    expect(lines[start - 1]).toBe('\n');
    expect(lines[end]).toBe('\n');
    expect(end - start).toBeLessThan(30_000);
  });

  it('grows to both ends', () => {
    let shown = windowAround(lines, { start: 30_000, end: 30_500 });
    for (let step = 0; step < 10; step++) shown = widenAfter(lines, widenBefore(lines, shown));
    expect(shown).toEqual({ start: 0, end: lines.length });
  });

  it('grows in a text without a line', () => {
    const text = 'x'.repeat(100_000);
    let shown = windowAround(text, { start: 50_000, end: 50_010 });
    expect(shown.end - shown.start).toBeLessThan(60_000);
    for (let step = 0; step < 10; step++) shown = widenAfter(text, widenBefore(text, shown));
    expect(shown).toEqual({ start: 0, end: text.length });
  });
});
