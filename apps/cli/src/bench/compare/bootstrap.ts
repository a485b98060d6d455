import { seededRandom } from '@acervo/kernel';

/** A ratio and the interval that holds it with 95 % confidence. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const draws = 2_000;

/**
 * How much larger `of` is than `beside`, as the geometric mean of the ratios of rounds that belong together. The
 * interval is the percentile bootstrap over rounds (Efron): requests of one round share its disturbances and must not
 * count as independent, rounds may. Few rounds give an interval that is too narrow; take eight or more.
 */
export function pairedRatio(of: readonly number[], beside: readonly number[], seed = 1): Ratio {
  const logs = of.map((value, nth) => Math.log(value / (beside[nth] ?? NaN))).filter(Number.isFinite);
  if (logs.length === 0) return { ratio: NaN, low: NaN, high: NaN };
  const random = seededRandom(seed);
  const means = Array.from({ length: draws }, () => {
    let sum = 0;
    for (let nth = 0; nth < logs.length; nth += 1) sum += logs[Math.floor(random() * logs.length)] ?? 0;
    return sum / logs.length;
  }).sort((a, b) => a - b);
  const at = (share: number): number => Math.exp(means[Math.floor(share * (draws - 1))] ?? NaN);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { ratio: Math.exp(mean), low: at(0.025), high: at(0.975) };
}

/** Who runs in which place: forwards, backwards, backwards, forwards. A drift of the machine hits all alike. */
export function* alternation(servers: number, rounds: number): Generator<readonly number[]> {
  const forwards = Array.from({ length: servers }, (_, nth) => nth);
  const backwards = [...forwards].reverse();
  for (let round = 0; round < rounds; round += 1) yield round % 4 === 0 || round % 4 === 3 ? forwards : backwards;
}
