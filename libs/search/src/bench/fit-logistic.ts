/** One observation: features, whether it was relevant, and what it weighs. */
export interface Sample {
  readonly features: readonly number[];
  readonly isRelevant: boolean;
  readonly weight: number;
}

export interface LogisticFit {
  readonly intercept: number;
  readonly slopes: readonly number[];
}

const maxSteps = 30;
/** Keeps the equations solvable when a feature does not vary. */
const ridge = 1e-9;

/** Weighted logistic regression by Newton's method. Features: all of one length. Cost: 30 · samples · features². */
export function fitLogistic(samples: readonly Sample[]): LogisticFit {
  const size = (samples[0]?.features.length ?? 0) + 1;
  let beta = new Array<number>(size).fill(0);
  for (let step = 0; step < maxSteps; step++) {
    const gradient = new Array<number>(size).fill(0);
    const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (const { features, isRelevant, weight } of samples) {
      const row = [1, ...features];
      const p = 1 / (1 + Math.exp(-row.reduce((sum, value, i) => sum + value * (beta[i] ?? 0), 0)));
      row.forEach((value, i) => {
        gradient[i] = (gradient[i] ?? 0) + weight * (Number(isRelevant) - p) * value;
        row.forEach((other, j) => {
          const line = hessian[i] ?? [];
          line[j] = (line[j] ?? 0) + weight * p * (1 - p) * value * other;
        });
      });
    }
    const move = solve(hessian, gradient);
    beta = beta.map((value, i) => value + (move[i] ?? 0));
    if (move.every((value) => Math.abs(value) < 1e-8)) break;
  }
  return { intercept: beta[0] ?? 0, slopes: beta.slice(1) };
}

/** Gauss–Jordan elimination with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row.map((value, j) => value + (i === j ? ridge : 0)), right[i] ?? 0]);
  for (let at = 0; at < rows.length; at++) {
    const pivot = rows.slice(at).reduce((best, row) => (Math.abs(row[at] ?? 0) > Math.abs(best[at] ?? 0) ? row : best));
    rows[rows.indexOf(pivot)] = rows[at] ?? pivot;
    rows[at] = pivot;
    const head = pivot[at] ?? 1;
    rows.forEach((row, i) => {
      if (row === pivot) return;
      const factor = (row[at] ?? 0) / head;
      rows[i] = row.map((value, j) => value - factor * (pivot[j] ?? 0));
    });
  }
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}
