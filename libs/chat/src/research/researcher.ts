/**
 * A question that takes more than one search: plan → search → read → compare, again for what stays open → write.
 *
 * Every agent works by a model that takes instructions, and by rules where there is none, where it fails, or where the
 * budget is over: a research ends with a report in any case. The plan is made before any document is read, so no
 * document can change what is searched for; and nothing reaches the report that no source bears out.
 */
import pLimit from 'p-limit';

import { throwIfEnded, type CallContext } from '@acervo/kernel';
import type { SearchService } from '@acervo/search';
import { z } from 'zod';

import { defaultMinEvidence } from '../grounding';
import type { LanguageModel, Source } from '../language-model';
import type { PackedSource } from '../pack-sources';
import { Budget } from './budget';
import { Critic, type OwnedClaim } from './critic';
import { ModelDesk } from './model-desk';
import { Notebook } from './notebook';
import { plan } from './planner';
import { Reader } from './reader';
import type { ResearchAnswer, ResearchDegradation, ResearchEvent, ResearchQuestion, SubQuestion } from './research';
import { criticInstructions } from './research-instructions';
import { maxRounds, Searcher } from './searcher';
import { SourcePool } from './source-pool';
import { Writer } from './writer';

export interface ResearcherOptions {
  /** Evidence below leaves a sub-question open. Default: measured, see grounding.ts. */
  readonly minEvidence?: number;
  /** Milliseconds on any monotonic clock: for budgets. */
  readonly now?: () => number;
}

const readersAtOnce = 3;
const maxTokensOfSources = 3_000;
const minTokensOfSources = 400;
/** A prompt's frame and its answer. */
const readingOverheadTokens = 1_200;
const criticShape = z.object({ contradictions: z.array(z.array(z.int()).min(2).max(2)).max(20) });

export class Researcher {
  /** @param quoter answers with sentences of the sources: for when the model cannot */
  constructor(
    private readonly search: SearchService,
    readonly model: LanguageModel,
    private readonly quoter: LanguageModel,
    private readonly options: ResearcherOptions = {},
  ) {}

  /**
   * Errors: those of the search when none succeeded (COLLECTION_NOT_FOUND, SEARCH_UNAVAILABLE, SERVER_OVERLOADED…), and
   * the end of `context`. The end of the budget is none.
   */
  async *research(asked: ResearchQuestion, context: CallContext): AsyncGenerator<ResearchEvent> {
    yield* new Research(asked, this.search, this.model, this.quoter, this.options).run(context);
  }
}

class Research {
  private readonly budget: Budget;
  private readonly pool = new SourcePool();
  private readonly critic = new Critic();
  private readonly notebook: Notebook;
  private readonly desk: ModelDesk;
  private readonly searcher: Searcher;
  private readonly reader: Reader;
  private readonly minEvidence: number;
  private plan: readonly SubQuestion[] = [];
  private open: readonly number[] = [];

  constructor(
    private readonly asked: ResearchQuestion,
    search: SearchService,
    private readonly model: LanguageModel,
    quoter: LanguageModel,
    { minEvidence = defaultMinEvidence, now }: ResearcherOptions,
  ) {
    this.budget = new Budget(asked.budget, now);
    this.notebook = new Notebook(this.pool, this.critic);
    this.desk = new ModelDesk(model, this.budget);
    this.searcher = new Searcher(search, asked, this.budget, this.pool);
    this.reader = new Reader(this.desk, quoter, this.budget);
    this.minEvidence = minEvidence;
  }

  async *run(context: CallContext): AsyncGenerator<ResearchEvent> {
    await this.searcher.assertCollection(context);
    this.plan = await plan(this.asked.question, this.desk, context);
    yield { type: 'plan', plan: this.plan.map(({ question }) => question), budget: this.budget.limits };
    this.open = this.numbersOf((part) => !part.isReserve);
    for (let round = 1; round <= maxRounds && this.open.length > 0; round++) {
      yield* this.searcher.round(round, this.plan, this.open, context);
      this.open = await this.readOpen(context);
      if (round === 1 && this.open.length > 0) this.open = [...this.open, ...this.numbersOf((part) => part.isReserve)];
      for (const finding of this.notebook.judge()) yield { type: 'finding', finding };
      if (this.open.length > 0 && this.budget.isOver('gathering')) break;
    }
    await this.disputeByModel(context);
    for (const finding of this.notebook.judge()) yield { type: 'finding', finding };
    let report = '';
    this.open = this.open.filter((nth) => this.plan[nth]?.isReserve === false);
    const material = { ...this.asked, plan: this.plan, notes: this.notebook.all, open: this.open };
    for await (const text of new Writer(this.desk, this.pool).write(material, context)) {
      report += text;
      yield { type: 'report', text };
    }
    throwIfEnded(context);
    const answer = this.answer(report);
    yield { type: 'done', answer, repeatable: this.repeatable(answer) };
  }

  private numbersOf(isMeant: (part: SubQuestion) => boolean): number[] {
    return this.plan.flatMap((part, nth) => (isMeant(part) ? [nth] : []));
  }

  /** @returns sub-questions that stay open */
  private async readOpen(context: CallContext): Promise<number[]> {
    const { open } = this;
    const isReadable = (question: number): boolean => this.searcher.evidenceFor(question) >= this.minEvidence;
    const readable = open.filter(isReadable);
    const share = this.budget.tokensLeft(this.reader.stage) / Math.max(1, readable.length) - readingOverheadTokens;
    const tokens = Math.max(minTokensOfSources, Math.min(maxTokensOfSources, share));
    const limit = pLimit(readersAtOnce);
    const readings = await Promise.all(
      readable.map(async (question) => limit(async () => this.readOne(question, tokens, context))),
    );
    for (const { question, claims } of readings) this.notebook.add(question, claims);
    const answered = new Set(readings.filter(({ claims }) => claims.length > 0).map(({ question }) => question));
    return open.filter((question) => !answered.has(question));
  }

  private async readOne(
    question: number,
    tokens: number,
    context: CallContext,
  ): Promise<{ readonly question: number; readonly claims: readonly OwnedClaim[] }> {
    const part = this.plan[question];
    if (part === undefined) return { question, claims: [] };
    const sources = this.sourcesFor(question, tokens);
    this.critic.read(this.sourcesFor(question, Infinity));
    return { question, claims: await this.reader.read(part, sources, context) };
  }

  private sourcesFor(question: number, tokens: number): PackedSource[] {
    return this.pool.sourcesFor(question, tokens, (text) => this.model.countTokens(text));
  }

  /** Beside what the rules of the critic see. */
  private async disputeByModel(context: CallContext): Promise<void> {
    const notes = this.notebook.all;
    if (!this.model.capabilities.followsInstructions || notes.length < 2) return;
    const sources = notes.map(({ finding, claim }, nth): Source => ({
      ...{ index: nth + 1, title: '', headings: [], text: finding.claim, score: 1 },
      language: claim.sources[0]?.language ?? 'other',
    }));
    const asked = { stage: 'writing' as const, instructions: criticInstructions, sources, maxTokens: 300 };
    const said = await this.desk.askJson({ ...asked, message: this.asked.question }, criticShape, context);
    for (const [one = 0, other = 0] of said?.contradictions ?? []) {
      const [first, second] = [notes[one - 1], notes[other - 1]];
      if (first !== undefined && second !== undefined) this.notebook.dispute(first.finding.id, second.finding.id);
    }
  }

  private answer(report: string): ResearchAnswer {
    const degraded = new Set<ResearchDegradation>(this.searcher.degraded);
    if (this.desk.hasFailed) degraded.add('model_failed');
    return {
      question: this.asked.question,
      plan: this.plan.map(({ question }) => question),
      findings: this.notebook.all.map(({ finding }) => finding),
      open: this.open.flatMap((nth) => this.plan[nth]?.question ?? []),
      report: report.trimEnd(),
      citations: this.pool.citations,
      budget: this.budget.limits,
      budgetUsed: this.budget.used,
      stoppedBy: this.budget.stoppedBy,
      model: this.model.capabilities.model,
      degraded: [...degraded],
    };
  }

  private repeatable({ degraded }: ResearchAnswer): { readonly generation: number } | undefined {
    const [generation, ...others] = this.searcher.generations;
    const isWhole = degraded.length === 0 && !this.budget.isCutByTime && others.length === 0;
    if (generation === undefined || !isWhole || !this.model.isDeterministic(0)) return undefined;
    return { generation };
  }
}
