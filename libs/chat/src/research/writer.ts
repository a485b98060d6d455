/** The last agent: a report in the language of the question, a section for each sub-question, every sentence cited. */
import type { CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';

import { cleanCitations } from '../citations';
import { refusal } from '../instructions';
import type { Source } from '../language-model';
import { claimsOf } from '../support';
import { isBorneOut } from './borne-out';
import type { ModelDesk } from './model-desk';
import type { Note } from './notebook';
import type { SubQuestion } from './research';
import { writeInstructions } from './research-instructions';
import type { SourcePool } from './source-pool';

export interface Material {
  readonly question: string;
  readonly plan: readonly SubQuestion[];
  readonly notes: readonly Note[];
  /** Sub-questions without enough evidence. */
  readonly open: readonly number[];
}

const words = {
  pt: { but: 'mas outra fonte diz:', open: 'Em aberto' },
  en: { but: 'but another source says:', open: 'Still open' },
};
const maxTokens = 700;
const none: ReadonlySet<never> = new Set();

export class Writer {
  constructor(
    private readonly desk: ModelDesk,
    private readonly pool: SourcePool,
  ) {}

  /** Piece by piece. What the model does not write, or writes without support, is told by the findings themselves. */
  async *write({ question, plan, notes, open }: Material, context: CallContext): AsyncGenerator<string> {
    const language = detectLanguage(question);
    const said = words[language === 'pt' ? 'pt' : 'en'];
    yield `# ${heading(question)}\n`;
    if (notes.length === 0) yield `\n${refusal(language)}\n`;
    for (const [nth, part] of plan.entries()) {
      const own = notes.filter(({ finding }) => finding.question === nth);
      if (own.length === 0) continue;
      const title = plan.length > 1 ? `\n## ${heading(part.question)}\n` : '';
      const text = (await this.bySection(part, own, context)) ?? listed(own, said.but);
      yield `${title}\n${text}\n`;
    }
    if (notes.length > 0 && open.length > 0) {
      const items = open.map((nth) => `- ${heading(plan[nth]?.question ?? '')}`);
      yield `\n## ${said.open}\n\n${items.join('\n')}\n`;
    }
  }

  private async bySection(
    part: SubQuestion,
    notes: readonly Note[],
    context: CallContext,
  ): Promise<string | undefined> {
    if (!this.desk.model.capabilities.followsInstructions) return undefined;
    const instructions = writeInstructions(detectLanguage(part.question));
    const sources = this.notesAsSources(notes);
    const asked = { stage: 'writing' as const, instructions, message: part.question, sources, maxTokens };
    const text = await this.desk.ask({ ...asked, format: 'text' }, context);
    return text === undefined ? undefined : this.borneOut(text, sources, instructions);
  }

  /** A source's notes under its number: what claims it bears out, and what it says against others. */
  private notesAsSources(notes: readonly Note[]): Source[] {
    const lines = new Map<number, Set<string>>();
    const note = (number: number, line: string): void => {
      lines.set(number, (lines.get(number) ?? new Set<string>()).add(line));
    };
    for (const { finding, opponents } of notes) {
      const against = new Set(opponents.map(({ number }) => number));
      for (const number of finding.citations) if (!against.has(number)) note(number, finding.claim);
      for (const { number, sentence } of opponents) note(number, sentence);
    }
    const cited = this.pool.citedSources;
    return [...lines].flatMap(([number, said]) => {
      const source = cited.find(({ index }) => index === number);
      return source === undefined ? [] : [{ ...source, headings: [], text: [...said].join('\n') }];
    });
  }

  /** Sentences that a cited source bears out; undefined when none is left. */
  private borneOut(text: string, sources: readonly Source[], instructions: string): string | undefined {
    const numbers = new Set(sources.map(({ index }) => index));
    const cited = this.pool.citedSources;
    const clean = cleanCitations(text, numbers, none).text;
    let kept = '';
    let at = 0;
    for (const claim of claimsOf(clean)) {
      const isKept = cited.some(
        (source) => claim.cited.includes(source.index) && isBorneOut(claim.text, source, instructions),
      );
      if (isKept) continue;
      kept += clean.slice(at, claim.start);
      at = claim.end;
    }
    const left = (kept + clean.slice(at)).replace(/^[ \t]*(?:[-*+]|\d+[.)])[ \t]*$/gm, '').replace(/\n{3,}/g, '\n\n');
    return /\[\d+\]/.test(left) ? left.trim() : undefined;
  }
}

function listed(notes: readonly Note[], but: string): string {
  const lines = notes.map(({ finding, opponents }) => {
    const against = new Set(opponents.map(({ number }) => number));
    const marks = finding.citations.filter((number) => !against.has(number)).map((number) => `[${number}]`);
    const others = opponents.map(({ sentence, number }) => ` – ${but} “${withoutMarks(sentence)}” [${number}]`);
    return `- ${finding.claim} ${marks.join('')}${others.join('')}`;
  });
  return lines.join('\n');
}

/** The client's own words, without what a reader would take for a citation, a link or a line of its own. */
function heading(question: string): string {
  const line = withoutMarks(question)
    .replace(/\s+/g, ' ')
    .replace(/^[#\s]+/, '')
    .trim();
  return line.slice(0, 1).toUpperCase() + line.slice(1);
}

function withoutMarks(text: string): string {
  return cleanCitations(text, none, none).text;
}
