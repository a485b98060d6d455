/** Content codings of stored answers: which one a client takes, and making it. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type ContentCoding = 'identity' | 'gzip' | 'br';

/** From the best. */
const codings = ['br', 'gzip', 'identity'] as const;
const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);
/** Once for each answer: 5 gives most of what 11 gives at a fiftieth of its time. */
const brotliQuality = 5;

/** RFC 9110, 12.5.3: the coding that the client likes best; among equals the smallest. Absent header: identity. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  const weights = parseWeights(acceptEncoding);
  const rest = weights.get('*');
  let best: ContentCoding = 'identity';
  let bestWeight = 0;
  for (const coding of codings) {
    // Identity is acceptable unless it is excluded, but nobody's first wish unless it is named.
    const weight = weights.get(coding) ?? rest ?? (coding === 'identity' ? Number.MIN_VALUE : 0);
    if (weight > bestWeight) [best, bestWeight] = [coding, weight];
  }
  return best;
}

/** Off the event loop. */
export async function encode(bytes: Buffer, coding: 'gzip' | 'br'): Promise<Buffer> {
  if (coding === 'gzip') return await gzipAsync(bytes);
  return await brotliAsync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  });
}

function parseWeights(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const weight = quality === undefined ? 1 : Number(quality);
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weight >= 0 && weight <= 1 ? weight : 0);
  }
  return weights;
}
