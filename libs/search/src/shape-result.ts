import type { FusedHit } from './fusion';
import { highlight } from './highlight';
import type { QueryPlan } from './query-plan';
import type { RankedChunk } from './result-page';
import type { SearchResult } from './search-answer.schema';
import type { SearchRequest } from './search.schema';

/** One passage as the API shows it. `rank` from 1, `score` calibrated. */
export function shapeResult(
  { hit, chunk }: RankedChunk,
  rank: number,
  score: number,
  request: SearchRequest,
  plan: QueryPlan,
): SearchResult {
  const { document } = chunk;
  return {
    rank,
    score,
    id: chunk.id,
    document_id: document.id,
    title: document.title,
    text: chunk.text,
    source: document.source,
    doc_type: document.docType,
    language: document.language,
    date: document.date ?? null,
    headings: [...chunk.headings],
    position: { start: chunk.start, end: chunk.end, ...(chunk.page === undefined ? {} : { page: chunk.page }) },
    metadata: { ...document.metadata },
    ...(request.highlight ? { highlights: highlight(chunk.text, document.language, plan.terms) } : {}),
    ...(request.explain ? { explain: explain(hit) } : {}),
  };
}

function explain({ score, cosine, vectorRank, bm25, lexicalRank }: FusedHit): NonNullable<SearchResult['explain']> {
  return {
    ...(Number.isNaN(cosine) ? {} : { vector: { rank: vectorRank === 0 ? null : vectorRank, score: cosine } }),
    ...(Number.isNaN(bm25) ? {} : { lexical: { rank: lexicalRank === 0 ? null : lexicalRank, score: bm25 } }),
    fused: score,
  };
}
