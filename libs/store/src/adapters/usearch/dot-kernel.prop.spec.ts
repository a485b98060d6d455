import fc from 'fast-check';

import { createDotKernel, PAGE_BYTES, ROW_ALIGNMENT } from './dot-kernel';

/** The largest numbers that unit vectors times 32,767 can hold, at the least favourable place. */
const FULL_SCALE = 32_767;
const ROWS_AT = PAGE_BYTES;

function unitRow(direction: readonly number[]): Int16Array {
  const norm = Math.hypot(...direction);
  return Int16Array.from(direction, (value) => Math.round((value / norm) * FULL_SCALE));
}

describe('the dot kernel', () => {
  const { memory, dots } = createDotKernel(4);
  const direction = (width: number) =>
    fc
      .array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: width, maxLength: width })
      .filter((values) => values.some((value) => value !== 0));

  it('gives the exact product of every row, in the order of the addresses', () => {
    const width = (2 * ROW_ALIGNMENT) / 2;
    fc.assert(
      fc.property(fc.array(direction(width), { minLength: 1, maxLength: 20 }), direction(width), (rows, query) => {
        const rowBytes = width * 2;
        const addresses = rows.map((_, nth) => ROWS_AT + (rows.length - nth) * rowBytes);
        const stored = rows.map(unitRow);
        const asked = unitRow(query);
        new Uint32Array(memory.buffer, 0, rows.length).set(addresses);
        stored.forEach((row, nth) => {
          new Int16Array(memory.buffer, addresses[nth], width).set(row);
        });
        new Int16Array(memory.buffer, 3 * PAGE_BYTES, width).set(asked);
        dots(0, rows.length, 3 * PAGE_BYTES, 4_096, rowBytes);
        expect([...new Int32Array(memory.buffer, 4_096, rows.length)]).toEqual(
          stored.map((row) => row.reduce((sum, value, i) => sum + value * (asked[i] ?? 0), 0)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it.each([1, -1])('does not overflow where one number holds the whole vector (sign %p)', (sign) => {
    const row = new Int16Array(ROW_ALIGNMENT / 2);
    row[5] = FULL_SCALE;
    new Uint32Array(memory.buffer, 0, 1).set([ROWS_AT]);
    new Int16Array(memory.buffer, ROWS_AT, row.length).set(row);
    new Int16Array(memory.buffer, 3 * PAGE_BYTES, row.length).set(row.map((value) => sign * value));
    dots(0, 1, 3 * PAGE_BYTES, 4_096, ROW_ALIGNMENT);
    expect(new Int32Array(memory.buffer, 4_096, 1)[0]).toBe(sign * FULL_SCALE ** 2);
  });
});
