import type { Family, HistogramSample, Labels, ValueSample } from './family';

/** Looks up numbers in families, of which each has a name of its own. */
export class FamilyReader {
  private readonly byName: ReadonlyMap<string, Family>;

  constructor(families: readonly Family[]) {
    this.byName = new Map(families.map((family) => [family.name, family]));
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Of counters and gauges; those whose labels hold `labels`. */
  samples(name: string, labels: Labels = {}): readonly ValueSample[] {
    const family = this.byName.get(name);
    if (family === undefined || family.type === 'histogram') return [];
    return family.samples.filter((sample) => holds(sample.labels, labels));
  }

  histograms(name: string): readonly HistogramSample[] {
    const family = this.byName.get(name);
    return family?.type === 'histogram' ? family.samples : [];
  }

  /** The sum over the samples whose labels hold `labels`; 0 without any. */
  sum(name: string, labels: Labels = {}): number {
    return this.samples(name, labels).reduce((total, { value }) => total + value, 0);
  }

  /** Undefined without any. */
  find(name: string, labels: Labels): number | undefined {
    return this.samples(name, labels)[0]?.value;
  }
}

function holds(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
