import type { CommitChanges } from '../../document-store';
import type { ChunkKey, NewDocument } from '../../model';

export interface PlacedDocument {
  readonly document: NewDocument;
  /** Of its chunks, in their order. */
  readonly keys: readonly ChunkKey[];
}

/** Documents with their keys, by id; of two with one id the later counts. Throws RangeError when numbers do not fit. */
export function placeDocuments({ put, keys }: CommitChanges, dimensions: number): Map<string, PlacedDocument> {
  const placed = new Map<string, PlacedDocument>();
  let at = 0;
  for (const document of put) {
    const { chunks, embeddings, id } = document;
    if (embeddings.length !== chunks.length * dimensions) {
      throw new RangeError(
        `Document "${id}": ${embeddings.length} floats for ${chunks.length} chunks × ${dimensions}.`,
      );
    }
    placed.set(id, { document, keys: keys.slice(at, at + chunks.length) });
    at += chunks.length;
  }
  if (at !== keys.length) throw new RangeError(`${keys.length} keys for ${at} chunks.`);
  return placed;
}
