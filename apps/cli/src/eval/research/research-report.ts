import Table from 'cli-table3';

export interface Outcome {
  /** A relevant document is cited for either question of the pair. */
  readonly coversBoth: boolean;
  /** Of each citation: its document is relevant for one of them. */
  readonly citations: readonly boolean[];
}

export interface PairOutcome {
  readonly chat: Outcome;
  readonly research: Outcome;
}

/** Shares are 0..1; null where nothing could be measured. */
export interface ResearchReport {
  readonly dataset: string;
  readonly model: string;
  readonly pairs: number;
  readonly research_covers_both: number | null;
  readonly chat_covers_both: number | null;
  readonly research_citation_precision: number | null;
  readonly chat_citation_precision: number | null;
  readonly research_citations_per_answer: number | null;
  readonly answered_when_answerable: number | null;
  readonly refused_when_unanswerable: number | null;
}

export function summariseResearch(
  dataset: string,
  model: string,
  pairs: readonly PairOutcome[],
  refusals: { readonly answerable: readonly boolean[]; readonly unanswerable: readonly boolean[] },
): ResearchReport {
  const precision = (of: (pair: PairOutcome) => Outcome): number | null =>
    share(pairs.flatMap((pair) => of(pair).citations));
  return {
    dataset,
    model,
    pairs: pairs.length,
    research_covers_both: share(pairs.map(({ research }) => research.coversBoth)),
    chat_covers_both: share(pairs.map(({ chat }) => chat.coversBoth)),
    research_citation_precision: precision(({ research }) => research),
    chat_citation_precision: precision(({ chat }) => chat),
    research_citations_per_answer: mean(pairs.map(({ research }) => research.citations.length)),
    answered_when_answerable: share(refusals.answerable.map((isRefused) => !isRefused)),
    refused_when_unanswerable: share(refusals.unanswerable),
  };
}

export function renderResearchReport(report: ResearchReport): string {
  const table = new Table({ head: ['figure', report.dataset], style: { head: ['cyan'], compact: true } });
  for (const [name, value] of Object.entries(report) as [string, string | number | null][]) {
    if (name === 'dataset' || value === null) continue;
    const isShare = typeof value === 'number' && !Number.isInteger(value);
    table.push([name.replaceAll('_', ' '), isShare ? value.toFixed(3) : String(value)]);
  }
  return `${table.toString()}\n`;
}

function share(values: readonly boolean[]): number | null {
  return mean(values.map(Number));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
