import * as fc from 'fast-check';

import { readEventData } from './event-data';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  let at = 0;
  for (let nth = 0; at < bytes.length; nth++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[nth % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(text: string, sizes: readonly number[] = []): Promise<string[]> {
  const found: string[] = [];
  for await (const data of readEventData(inPieces(Buffer.from(text), sizes))) found.push(data);
  return found;
}

describe('readEventData', () => {
  it.each<[string, string, string[]]>([
    ['events', 'data: a\n\ndata:b\n\n', ['a', 'b']],
    ['lines that end otherwise', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', ['a', 'b', 'c']],
    ['data in several lines', 'data: a\ndata\ndata:  b\n\n', ['a\n\n b']],
    ['comments and other fields', ': hi\nevent: x\nid: 7\ndatabase: y\ndata: a\n\nevent: z\n\n', ['a']],
    ['an event without a blank line behind it', 'data: a\n\ndata: b', ['a', 'b']],
    ['nothing', '', []],
    ['something else', '<html>\n</html>', []],
  ])('reads %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('does not depend on how the bytes are cut', async () => {
    const part = fc.constantFrom('data: ', 'data:', '\n', '\n\n', '\r\n', '\r\n\r\n', '\r', ': c', 'ação', '😀', 'x');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        async (parts, sizes) => {
          expect(await read(parts.join(''), sizes)).toEqual(await read(parts.join('')));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses an event beyond its bound, in one line or in many', async () => {
    await expect(read(`data: ${'x'.repeat(2 << 20)}`, [65_536])).rejects.toThrow('longer than');
    await expect(read(`data: ${'x'.repeat(1_000)}\n`.repeat(2_000), [65_536])).rejects.toThrow('longer than');
    await expect(read(`data: ${'x'.repeat(1_000)}\n\n`.repeat(2_000), [65_536])).resolves.toHaveLength(2_000);
  });

  it('reads a million comments in one pass', async () => {
    const startMs = performance.now();
    expect(await read(': nothing\n\n'.repeat(1_000_000), [65_536])).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
