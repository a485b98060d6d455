import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundledModelDirectory } from './model-files';
import { UnigramTokenizer } from './unigram-tokenizer';

const tokenizer = new UnigramTokenizer(readFileSync(join(bundledModelDirectory(), 'tokenizer.json'), 'utf8'));
const UNKNOWN = 3;
const MASK = 47_283;

describe('UnigramTokenizer', () => {
  it('cuts a known sentence into the recorded pieces', () => {
    expect([...tokenizer.encode('query: quanta proteína devo comer por dia?', 512)]).toEqual([
      0, 39, 905, 12, 1427, 92, 6401, 9987, 12072, 15615, 176, 648, 31, 2,
    ]);
  });

  it('takes a special token typed by a user for plain text', () => {
    const ids = [...tokenizer.encode('query: <mask> </s> <s>', 512)];
    expect(ids).not.toContain(MASK);
    expect(ids.indexOf(2)).toBe(ids.length - 1);
    expect(ids.lastIndexOf(0)).toBe(0);
  });

  it('fuses a run of unknown characters into one token', () => {
    const ids = [...tokenizer.encode('query: 𐎀𐎁𐎂𐎃', 512)];
    expect(ids.filter((id) => id === UNKNOWN)).toHaveLength(1);
  });

  it('treats composed and decomposed accents alike', () => {
    expect(tokenizer.encode('query: ação', 512)).toEqual(tokenizer.encode('query: ação'.normalize('NFD'), 512));
  });

  it('cuts at maxTokens and still ends the text', () => {
    const ids = tokenizer.encode('passage: ' + 'palavra '.repeat(1_000), 256);
    expect(ids).toHaveLength(256);
    expect(ids.at(-1)).toBe(2);
  });

  it('spends bounded time on a megabyte without a space', () => {
    const startMs = performance.now();
    expect(tokenizer.encode('x'.repeat(1_000_000), 512)).toHaveLength(512);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  it('refuses a tokenizer of another type', () => {
    expect(() => new UnigramTokenizer('{"model":{"type":"BPE"}}')).toThrow();
  });
});
