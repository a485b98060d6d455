import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { chooseCoding, encode } from './coding';

describe('chooseCoding', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.2, GZIP;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['identity;q=1, gzip;q=0.5', 'identity'],
    ['gzip;q=0.5', 'gzip'],
    ['deflate', 'identity'],
    ['gzip;q=nonsense', 'identity'],
    ['br;q=2, gzip', 'gzip'],
  ])('takes what %p asks for: %s', (header, coding) => {
    expect(chooseCoding(header)).toBe(coding);
  });

  it('makes bytes that decode to the original', async () => {
    const bytes = Buffer.from('{"texto":"ção"}'.repeat(200));
    expect(gunzipSync(await encode(bytes, 'gzip'))).toEqual(bytes);
    expect(brotliDecompressSync(await encode(bytes, 'br'))).toEqual(bytes);
  });
});
