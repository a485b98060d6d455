import Table from 'cli-table3';

import { ndcgAt, percentile, recallAt, reciprocalRankAt, type Judgements } from './metrics';

export type Mode = 'hybrid' | 'semantic' | 'lexical';

/** One query in one mode. */
export interface Outcome {
  readonly queryId: string;
  /** Document ids, best first, each once. */
  readonly ranked: readonly string[];
  readonly latencyMs: number;
}

export interface ModeReport {
  readonly mode: Mode;
  readonly queries: number;
  readonly ndcg_at_10: number;
  readonly recall_at_10: number;
  readonly recall_at_100: number;
  readonly mrr_at_10: number;
  readonly latency_ms: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** nDCG@10 by query id, for paired comparison of two runs. */
  readonly per_query: Readonly<Record<string, number>>;
}

export interface EvalReport {
  readonly dataset: string;
  readonly documents: number;
  readonly chunks: number;
  readonly embedding_model: string;
  readonly chunking: { readonly size: number; readonly overlap: number };
  readonly modes: readonly ModeReport[];
}

export function summarise(
  mode: Mode,
  outcomes: readonly Outcome[],
  judged: ReadonlyMap<string, Judgements>,
): ModeReport {
  const judgementsOf = (queryId: string): Judgements => judged.get(queryId) ?? new Map<string, number>();
  const mean = (metric: (ranked: readonly string[], judgements: Judgements) => number): number =>
    outcomes.reduce((sum, { queryId, ranked }) => sum + metric(ranked, judgementsOf(queryId)), 0) / outcomes.length;
  const latencies = outcomes.map(({ latencyMs }) => latencyMs);
  return {
    mode,
    queries: outcomes.length,
    ndcg_at_10: mean((ranked, judgements) => ndcgAt(10, ranked, judgements)),
    recall_at_10: mean((ranked, judgements) => recallAt(10, ranked, judgements)),
    recall_at_100: mean((ranked, judgements) => recallAt(100, ranked, judgements)),
    mrr_at_10: mean((ranked, judgements) => reciprocalRankAt(10, ranked, judgements)),
    latency_ms: { p50: percentile(latencies, 50), p95: percentile(latencies, 95), p99: percentile(latencies, 99) },
    per_query: Object.fromEntries(
      outcomes.map(({ queryId, ranked }) => [queryId, ndcgAt(10, ranked, judgementsOf(queryId))]),
    ),
  };
}

const score = (value: number): string => value.toFixed(3);
const milliseconds = (value: number): string => value.toFixed(1);

export function renderReport({ dataset, documents, chunks, modes, chunking, embedding_model }: EvalReport): string {
  const table = new Table({
    head: ['mode', 'nDCG@10', 'Recall@10', 'Recall@100', 'MRR@10', 'p50 ms', 'p95 ms', 'p99 ms'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: ['cyan'], compact: true },
  });
  for (const { mode, latency_ms: latency, ...report } of modes) {
    table.push([
      mode,
      ...[report.ndcg_at_10, report.recall_at_10, report.recall_at_100, report.mrr_at_10].map(score),
      ...[latency.p50, latency.p95, latency.p99].map(milliseconds),
    ]);
  }
  const queries = modes[0]?.queries ?? 0;
  const built = `${documents} documents, ${chunks} chunks (${chunking.size}/${chunking.overlap}), ${queries} queries, ${embedding_model}`;
  return `${dataset}: ${built}\n${table.toString()}\n`;
}
