/** The sources of a research: what each sub-question found, and the numbers under which the report cites them. */
import type { SearchResult } from '@acervo/search';

import type { Citation } from '../answer';
import { packSources, type PackedSource } from '../pack-sources';
import { quoteFor } from '../quote';

export interface DocumentSeen {
  readonly documentId: string;
  readonly title: string;
  readonly source: string;
}

/** Passages kept for a sub-question. */
const maxPassages = 12;

export class SourcePool {
  private readonly found = new Map<number, Map<string, SearchResult>>();
  private readonly documents = new Set<string>();
  private readonly cited: { readonly citation: Citation; readonly source: PackedSource }[] = [];

  /** @returns documents that are new in this research */
  add(question: number, results: readonly SearchResult[]): DocumentSeen[] {
    const passages = this.found.get(question) ?? new Map<string, SearchResult>();
    this.found.set(question, passages);
    const fresh: DocumentSeen[] = [];
    for (const result of results) {
      const known = passages.get(result.id);
      if (known === undefined || known.score < result.score) passages.set(result.id, result);
      if (this.documents.has(result.document_id)) continue;
      this.documents.add(result.document_id);
      fresh.push({ documentId: result.document_id, title: result.title, source: result.source });
    }
    return fresh;
  }

  /** Best first; numbered from 1 for one prompt, see `packSources`. */
  sourcesFor(question: number, budgetTokens: number, countTokens: (text: string) => number): PackedSource[] {
    const passages = [...(this.found.get(question)?.values() ?? [])].sort((a, b) => b.score - a.score);
    return packSources(passages.slice(0, maxPassages), budgetTokens, countTokens);
  }

  /** The number under which a source is cited for a claim: of an earlier citation of the same words, or the next. */
  cite(source: PackedSource, claim: string): number {
    const { text, start, end } = quoteFor(claim, source);
    const known = this.cited.find(
      ({ citation, source: other }) =>
        citation.document_id === source.documentId &&
        other.position.page === source.position.page &&
        other.position.start <= start &&
        end <= other.position.end,
    );
    if (known !== undefined) return known.citation.index;
    const index = this.cited.length + 1;
    const { page } = source.position;
    const citation = {
      index,
      chunk_id: source.chunkId,
      document_id: source.documentId,
      title: source.title,
      source: source.origin,
      quote: text,
      position: { start, end, ...(page !== undefined && { page }) },
    };
    this.cited.push({ citation, source });
    return index;
  }

  get citations(): Citation[] {
    return this.cited.map(({ citation }) => citation);
  }

  /** Sources that are cited, under their numbers. */
  get citedSources(): PackedSource[] {
    return this.cited.map(({ citation, source }) => ({ ...source, index: citation.index }));
  }
}
