/** Ranked candidates → the passages of one page. */
import type { CallContext } from '@acervo/kernel';
import type { ChunkKey, ChunkRecord, DocumentStore } from '@acervo/store';

import type { FusedHit } from './fusion';
import { groupByDocument } from './group-by-document';

export interface RankedChunk {
  readonly hit: FusedHit;
  readonly chunk: ChunkRecord;
}

export interface PageRequest {
  readonly offset: number;
  readonly maxResults: number;
  readonly isGrouped: boolean;
}

export interface ResultPage {
  readonly items: readonly RankedChunk[];
  /** Candidates up to the last one shown were enough to fill the page. */
  readonly isFull: boolean;
  /** Score of the last one shown. */
  readonly lastScore: number;
  /** A candidate was not visible: a commit came between, or a writer is at work. */
  readonly hasVanished: boolean;
}

/** Reads passages and remembers them while a search looks deeper. */
export class PageReader {
  private readonly known = new Map<ChunkKey, ChunkRecord | undefined>();

  constructor(
    private readonly store: DocumentStore,
    private readonly collection: string,
    private readonly context: CallContext,
  ) {}

  /** Reads the passages of the page only; grouping reads those before it as well. */
  async read(hits: readonly FusedHit[], { offset, maxResults, isGrouped }: PageRequest): Promise<ResultPage> {
    const wanted = offset + maxResults;
    const skipped = isGrouped ? 0 : Math.min(offset, hits.length);
    const toFind = isGrouped ? wanted : maxResults;
    let found: RankedChunk[] = [];
    let next = skipped;
    while (found.length < toFind && next < hits.length) {
      const step = hits.slice(next, next + Math.max(toFind - found.length, isGrouped ? 2 * maxResults : 1));
      next += step.length;
      found.push(...(await this.hydrate(step)));
      if (isGrouped) found = groupByDocument(found, ({ chunk }) => chunk.document.id);
    }
    found = found.slice(0, toFind);
    return {
      items: isGrouped ? found.slice(offset) : found,
      isFull: found.length === toFind,
      lastScore: found.at(-1)?.hit.score ?? -Infinity,
      hasVanished: [...this.known.values()].includes(undefined),
    };
  }

  private async hydrate(hits: readonly FusedHit[]): Promise<RankedChunk[]> {
    const unknown = hits.map(({ key }) => key).filter((key) => !this.known.has(key));
    if (unknown.length > 0) {
      for (const key of unknown) this.known.set(key, undefined);
      for (const chunk of await this.store.fetchChunks(this.collection, unknown, this.context)) {
        this.known.set(chunk.key, chunk);
      }
    }
    return hits.flatMap((hit) => {
      const chunk = this.known.get(hit.key);
      return chunk === undefined ? [] : [{ hit, chunk }];
    });
  }
}
