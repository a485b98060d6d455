/** Reads the directory at the end of a zip archive and refuses what would inflate beyond reason, before inflating. */
import { fail } from '@acervo/problem';

const maxInflatedBytes = 256 * 1024 * 1024;
const maxEntries = 10_000;
/** XML of a normal document shrinks to about a tenth; deflate ends near 1,030. */
const maxRatio = 200;
/** Small archives may have any ratio. */
const ratioCountsFromBytes = 16 * 1024 * 1024;

const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const endLength = 22;
const entryLength = 46;

/** Errors: DOCUMENT_TOO_LARGE, DOCUMENT_UNREADABLE when there is no directory. Cost: O(entries). */
export function refuseZipBomb(bytes: Uint8Array, name: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end === undefined) throw fail('DOCUMENT_UNREADABLE', `${name} is a damaged archive: its directory is missing.`);
  const entries = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let inflated = 0;
  for (let entry = 0; entry < entries; entry++) {
    if (at + entryLength > view.byteLength || view.getUint32(at, true) !== entrySignature) {
      throw fail('DOCUMENT_UNREADABLE', `${name} is a damaged archive: its directory is broken.`);
    }
    inflated += view.getUint32(at + 24, true);
    at += entryLength + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  const isOutOfProportion = inflated > ratioCountsFromBytes && inflated / view.byteLength > maxRatio;
  if (entries > maxEntries || inflated > maxInflatedBytes || isOutOfProportion) {
    throw fail('DOCUMENT_TOO_LARGE', `${name} would inflate from ${view.byteLength} to ${inflated} bytes.`);
  }
}

function findEnd(view: DataView): number | undefined {
  for (let at = view.byteLength - endLength; at >= Math.max(0, view.byteLength - endLength - 65_535); at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  return undefined;
}
