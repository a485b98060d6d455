import * as fc from 'fast-check';

import { formatApiKey, hashSecret, newApiKey, parseApiKey } from './api-key';

describe('the text of an API key', () => {
  it('is read as it was written', () => {
    for (let round = 0; round < 200; round++) {
      const key = newApiKey();
      const text = formatApiKey(key);
      expect(text).toMatch(/^acervo_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}$/);
      expect(parseApiKey(text)).toEqual(key);
    }
  });

  it('is refused when it is cut, changed in one place or surrounded', () => {
    const text = formatApiKey(newApiKey());
    const place = fc.integer({ min: 0, max: text.length - 1 });
    fc.assert(
      fc.property(place, fc.stringMatching(/^[0-9A-Za-z_]$/), (at, character) => {
        expect(parseApiKey(text.slice(0, at))).toBeUndefined();
        expect(parseApiKey(text.slice(at + 1))).toBeUndefined();
        fc.pre(character !== text[at]);
        expect(parseApiKey(text.slice(0, at) + character + text.slice(at + 1))).toBeUndefined();
      }),
    );
    expect([` ${text}`, `${text}\n`, text.toUpperCase()].map(parseApiKey)).toEqual([undefined, undefined, undefined]);
  });

  it('holds 256 random bits, of which SHA-256 is kept', () => {
    const secrets = new Set(Array.from({ length: 1_000 }, () => newApiKey().secret));
    expect(secrets.size).toBe(1_000);
    expect(hashSecret('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
