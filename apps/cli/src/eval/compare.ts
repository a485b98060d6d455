import Table from 'cli-table3';

import { seededRandom } from '@acervo/kernel';

import type { EvalReport } from './report';

const permutations = 10_000;

/**
 * Two-sided p-value of the paired randomisation test: how often random signs give a mean difference at least as large.
 * Source: Smucker, Allan, Carterette, "A comparison of statistical significance tests for IR evaluation", CIKM 2007.
 * The random numbers are seeded, so a report is reproducible.
 */
export function pairedRandomisation(differences: readonly number[], seed = 1): number {
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  const random = seededRandom(seed);
  let atLeast = 0;
  for (let run = 0; run < permutations; run++) {
    let sum = 0;
    for (const difference of differences) sum += random() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= observed - 1e-12) atLeast++;
  }
  return (atLeast + 1) / (permutations + 1);
}

/** Two runs over the same queries, mode by mode. */
export function renderComparison(a: EvalReport, b: EvalReport): string {
  const table = new Table({
    head: ['mode', 'nDCG@10 A', 'nDCG@10 B', 'B − A', 'better', 'worse', 'equal', 'p'],
    style: { head: ['cyan'], compact: true },
  });
  for (const left of a.modes) {
    const right = b.modes.find(({ mode }) => mode === left.mode);
    if (right === undefined) continue;
    const differences = Object.entries(left.per_query)
      .filter(([queryId]) => queryId in right.per_query)
      .map(([queryId, ndcg]) => (right.per_query[queryId] ?? 0) - ndcg);
    if (differences.length === 0) throw new Error('The two reports share no query: compare runs of one data set.');
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    table.push([
      left.mode,
      left.ndcg_at_10.toFixed(3),
      right.ndcg_at_10.toFixed(3),
      `${mean >= 0 ? '+' : ''}${mean.toFixed(4)}`,
      differences.filter((difference) => difference > 1e-9).length,
      differences.filter((difference) => difference < -1e-9).length,
      differences.filter((difference) => Math.abs(difference) <= 1e-9).length,
      pairedRandomisation(differences).toFixed(4),
    ]);
  }
  return `A: ${a.dataset}   B: ${b.dataset}\n${table.toString()}\n`;
}
