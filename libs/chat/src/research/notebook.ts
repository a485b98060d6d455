/** The findings of a research, each once, with what the critic thinks of it by now. */
import type { PackedSource } from '../pack-sources';
import type { Critic, Opposition, OwnedClaim } from './critic';
import type { Agreement, Finding } from './research';
import type { SourcePool } from './source-pool';

export interface Note {
  readonly finding: Finding;
  readonly claim: OwnedClaim;
  readonly opponents: readonly { readonly number: number; readonly sentence: string }[];
}

export class Notebook {
  private readonly entries: { readonly id: string; readonly question: number; readonly claim: OwnedClaim }[] = [];
  private readonly notes = new Map<string, Note>();
  private readonly told = new Map<string, string>();
  private readonly texts = new Map<string, string>();
  /** Pairs of ids that a model says cannot both be true. */
  private readonly disputes: (readonly [string, string])[] = [];

  constructor(
    private readonly pool: SourcePool,
    private readonly critic: Critic,
  ) {}

  get all(): readonly Note[] {
    return this.entries.flatMap(({ id }) => this.notes.get(id) ?? []);
  }

  /** What was said before, in whichever section, is not said again. */
  add(question: number, claims: readonly OwnedClaim[]): void {
    for (const claim of claims) {
      const key = claim.text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      if (this.texts.has(key)) continue;
      const id = `f${this.entries.length + 1}`;
      this.texts.set(key, id);
      this.entries.push({ id, question, claim });
    }
  }

  dispute(one: string, other: string): void {
    if (this.notes.has(one) && this.notes.has(other) && one !== other) this.disputes.push([one, other]);
  }

  /** Judges all findings again: those that are new or judged otherwise than before. */
  *judge(): Generator<Finding> {
    for (const entry of this.entries) {
      const note = this.judgeOne(entry);
      this.notes.set(entry.id, note);
      const told = JSON.stringify(note.finding);
      if (this.told.get(entry.id) === told) continue;
      this.told.set(entry.id, told);
      yield note.finding;
    }
  }

  private judgeOne({ id, question, claim }: { id: string; question: number; claim: OwnedClaim }): Note {
    const { supporters, opponents } = this.critic.judge(claim);
    const against = [...opponents, ...this.disputedBy(id)];
    const documents = new Set([...claim.sources, ...supporters].map(({ documentId }) => documentId));
    const agreement: Agreement =
      against.length > 0 ? 'contradicted' : documents.size > 1 ? 'supported' : 'single_source';
    const cite = (source: PackedSource): number => this.pool.cite(source, claim.text);
    const own = [...claim.sources, ...supporters].map(cite);
    const opposed = against.map(({ source, sentence }) => ({ number: this.pool.cite(source, sentence), sentence }));
    const citations = [...new Set([...own, ...opposed.map(({ number }) => number)])];
    return { finding: { id, question, claim: claim.text, citations, agreement }, claim, opponents: opposed };
  }

  private disputedBy(id: string): Opposition[] {
    return this.disputes.flatMap((pair) => {
      if (!pair.includes(id)) return [];
      const other = this.notes.get(pair[0] === id ? pair[1] : pair[0]);
      const source = other?.claim.sources[0];
      return other === undefined || source === undefined ? [] : [{ source, sentence: other.finding.claim }];
    });
  }
}
