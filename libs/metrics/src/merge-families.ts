import type { Family, HistogramFamily, HistogramSample, Labels, ValueFamily, ValueSample } from './family';

/**
 * One family of each name, with one sample for each set of labels. Counters and histograms add up; gauges as their
 * samples say. Cost: O(samples).
 */
export function mergeFamilies(families: Iterable<Family>): Family[] {
  const byName = new Map<string, Family[]>();
  for (const family of families) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, [family]);
    else known.push(family);
  }
  return [...byName.values()].map(mergeAlike);
}

/** What still counts of a process that is gone: what it had counted. What it held is gone with it. */
export function countedBy(families: readonly Family[]): Family[] {
  return families.filter(({ type }) => type !== 'gauge');
}

function mergeAlike(families: readonly Family[]): Family {
  const [first] = families;
  if (first?.type === 'histogram') return mergeHistograms(first, families);
  if (first === undefined) throw new RangeError('There is nothing to merge.');
  return mergeValues(first, families);
}

function mergeValues(first: ValueFamily, families: readonly Family[]): ValueFamily {
  const merged = new Map<string, ValueSample>();
  for (const family of families) {
    if (family.type !== first.type) throw new TypeError(`${first.name} is a ${first.type} and a ${family.type}.`);
    for (const sample of family.samples) {
      const key = keyOf(sample.labels);
      const known = merged.get(key);
      merged.set(key, known === undefined ? sample : { ...sample, value: combine(known, sample) });
    }
  }
  return { ...first, samples: [...merged.values()] };
}

function combine(known: ValueSample, { value, aggregation }: ValueSample): number {
  return aggregation === 'sum' ? known.value + value : Math.max(known.value, value);
}

function mergeHistograms(first: HistogramFamily, families: readonly Family[]): HistogramFamily {
  const merged = new Map<string, HistogramSample>();
  for (const family of families) {
    if (family.type !== 'histogram') throw new TypeError(`${first.name} is a histogram and a ${family.type}.`);
    for (const sample of family.samples) {
      const key = keyOf(sample.labels);
      const known = merged.get(key);
      merged.set(key, known === undefined ? sample : addUp(known, sample));
    }
  }
  return { ...first, samples: [...merged.values()] };
}

function addUp(known: HistogramSample, { labels, counts, sum }: HistogramSample): HistogramSample {
  const total = counts.map((count, bucket) => count + (known.counts[bucket] ?? 0));
  return { labels, counts: total, sum: sum + known.sum };
}

/** Labels of a family are always written in the same order. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.values(labels));
}
