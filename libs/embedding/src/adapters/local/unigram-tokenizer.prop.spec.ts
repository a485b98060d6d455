import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';

import { bundledModelDirectory } from './model-files';
import { UnigramTokenizer } from './unigram-tokenizer';

const read = (file: string): string => readFileSync(join(bundledModelDirectory(), file), 'utf8');
const ours = new UnigramTokenizer(read('tokenizer.json'));
/** The library's own declarations do not resolve under `nodenext`. */
const ReferenceTokenizer = Tokenizer as unknown as new (
  tokenizer: unknown,
  config: unknown,
) => { encode: (text: string) => { ids: number[] } };
const reference = new ReferenceTokenizer(JSON.parse(read('tokenizer.json')), JSON.parse(read('tokenizer_config.json')));

const MAX_TOKENS = 512;
/** The library neither cuts nor fuses runs of `<unk>` (3); the Rust library that made the model's golden ids does both. */
function referenceIds(text: string): number[] {
  const ids = reference.encode(text).ids.filter((id, at, all) => id !== 3 || all[at - 1] !== 3);
  return ids.length <= MAX_TOKENS ? ids : [...ids.slice(0, MAX_TOKENS - 1), 2];
}

const words =
  'como configurar docker não coração ação é à às úteis Árvore você query search the deployment container Kubernetes ' +
  'snake_case camelCase v1.2.3 https://exemplo.pt/a?b=c#d don’t “aspas” – … ½ ﬁ Å é ç ñ 中文 русский 😀 👩‍💻 1234567 R$ 10,50 ​ \t \n';
const word = fc.constantFrom(...words.split(' '));
const prose = fc
  .array(fc.tuple(word, fc.constantFrom(' ', '  ', '', '\n', ' ', ', ')), { maxLength: 80 })
  .map((parts) => parts.flat().join(''));
const latin = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x24f }).map((code) => String.fromCodePoint(code)),
  maxLength: 200,
});
const anything = fc.string({ unit: 'binary', maxLength: 100 });
/** Typed by a user these are text for us and control tokens for the library: on purpose. */
const hasNoSpecialToken = (text: string): boolean => !/<(s|\/s|pad|unk|mask)>/.test(text);
/** Unassigned in the Unicode of the runtime: normalised by whichever tables a runtime has. */
const isAssigned = (text: string): boolean => !/\p{Cn}/u.test(text);

describe('UnigramTokenizer against the reference tokenizer', () => {
  it.each([
    ['Portuguese and English prose', prose, 400],
    ['Latin letters of any language', latin, 400],
    ['any Unicode text', anything, 400],
  ])('gives equal ids for %s', (_, texts, numRuns) => {
    fc.assert(
      fc.property(
        texts.filter(hasNoSpecialToken).filter(isAssigned),
        fc.constantFrom('query: ', 'passage: '),
        (text, prefix) => {
          expect([...ours.encode(prefix + text, MAX_TOKENS)]).toEqual(referenceIds(prefix + text));
        },
      ),
      { numRuns },
    );
  });

  it('gives between two and maxTokens ids, begun and ended, for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 3_000 }),
        fc.integer({ min: 2, max: 64 }),
        (text, maxTokens) => {
          const ids = ours.encode(text, maxTokens);
          expect(ids.length).toBeLessThanOrEqual(maxTokens);
          expect([ids[0], ids.at(-1)]).toEqual([0, 2]);
        },
      ),
    );
  });
});
