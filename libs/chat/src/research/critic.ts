/**
 * The agent that compares: which documents bear a claim out beside the one it comes from, and which say otherwise.
 *
 * It compares words, so it is careful both ways. A document bears a claim out when one of its sentences holds most of
 * the claim's words, all of its numbers, and is negated as the claim is. It contradicts when a sentence says nearly the
 * same and differs in a number of the same unit, or in the negation. Documents in another language are not compared.
 */
import { detectLanguage, type Language } from '@acervo/language';

import { splitSentences } from '../adapters/extractive/sentences';
import type { PackedSource } from '../pack-sources';
import { sharedWords, statementOf, valuesIn, type Statement } from './statement';

export interface OwnedClaim {
  readonly text: string;
  /** Those that it was read in; at least one. */
  readonly sources: readonly PackedSource[];
}

export interface Opposition {
  readonly source: PackedSource;
  /** What it says instead. */
  readonly sentence: string;
}

export interface Verdict {
  /** Of further documents. */
  readonly supporters: readonly PackedSource[];
  readonly opponents: readonly Opposition[];
}

interface Said {
  readonly source: PackedSource;
  readonly language: Language;
  readonly text: string;
  readonly statement: Statement;
  readonly values: ReadonlySet<string>;
}

/** Share of the claim's words that a sentence must hold to bear it out. */
const minSupport = 0.6;
/** Share of the words of either that both must hold to be about the same thing. */
const minSameness = 0.8;
const minShared = 3;
/** Of a claim. */
const maxSupporters = 3;
const maxOpponents = 3;

export class Critic {
  private readonly said: Said[] = [];
  private readonly known = new Set<string>();

  /** Makes sources known. Cost: O(text). */
  read(sources: readonly PackedSource[]): void {
    for (const source of sources) {
      for (const { text } of splitSentences(source.text, source.language)) {
        const key = `${source.documentId}\n${text}`;
        if (this.known.has(key)) continue;
        this.known.add(key);
        const statement = statementOf(text, source.language);
        this.said.push({ source, language: source.language, text, statement, values: valuesIn(text) });
      }
    }
  }

  /** Cost: O(sentences read). */
  judge(claim: OwnedClaim): Verdict {
    const language = detectLanguage(claim.text);
    const statement = statementOf(claim.text, language);
    const values = valuesIn(claim.text);
    const own = new Set(claim.sources.map(({ documentId }) => documentId));
    const supporters = new Map<string, PackedSource>();
    const opponents = new Map<string, Opposition>();
    for (const said of this.said) {
      const { source } = said;
      if (own.has(source.documentId) || said.language !== language) continue;
      if (bearsOut(said, statement, values)) supporters.set(source.documentId, source);
      else if (opposes(said.statement, statement)) opponents.set(source.documentId, { source, sentence: said.text });
    }
    for (const document of opponents.keys()) supporters.delete(document);
    return {
      supporters: [...supporters.values()].slice(0, maxSupporters),
      opponents: [...opponents.values()].slice(0, maxOpponents),
    };
  }
}

function bearsOut({ statement: said, values: known }: Said, claim: Statement, values: ReadonlySet<string>): boolean {
  const shared = sharedWords(claim, said);
  if (shared < minShared || shared < claim.words.size * minSupport) return false;
  return said.isNegated === claim.isNegated && [...values].every((value) => known.has(value));
}

function opposes(said: Statement, claim: Statement): boolean {
  if (!said.isProse || !claim.isProse) return false;
  const shared = sharedWords(claim, said);
  if (shared < minShared || shared < Math.max(claim.words.size, said.words.size) * minSameness) return false;
  if (said.isNegated !== claim.isNegated) return true;
  for (const [unit, values] of claim.numbers) {
    const others = said.numbers.get(unit) ?? new Set<string>();
    if (lacksOneOf(values, others) && lacksOneOf(others, values)) return true;
  }
  return false;
}

function lacksOneOf(values: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...others].some((value) => !values.has(value));
}
