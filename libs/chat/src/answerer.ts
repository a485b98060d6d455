/**
 * A question in, an answer with citations out: condense → retrieve → judge the evidence → pack → write → verify.
 * Nothing is written when the collection has nothing to say, and nothing that is written points elsewhere.
 */
import type { CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import { searchRequestSchema, type SearchAnswer, type SearchFilters } from '@acervo/search';

import type { Answer, AnswerEvent, CitableSource, Citation } from './answer';
import { CitationStream, urlsIn } from './citations';
import { condense } from './condense';
import { defaultMinEvidence, evidenceOf } from './grounding';
import { InstructionGuard } from './instruction-guard';
import { answerInstructions, refusal } from './instructions';
import type { ChatMessage, LanguageModel, ModelEvent, Usage } from './language-model';
import { packSources, promptOrder, type PackedSource } from './pack-sources';
import { quoteFor } from './quote';
import { claimsOf, isSupported } from './support';

export interface Question {
  /** Oldest first; the last one is the question. */
  readonly messages: readonly [...ChatMessage[], ChatMessage];
  readonly filters?: SearchFilters | undefined;
  /** Passages to look at, 1..20. */
  readonly maxResults: number;
  readonly collection: string;
  readonly temperature: number;
  readonly maxTokens: number;
}

/** `mark` says which sentences have no support, `drop` leaves them out of answers (and of what is streamed). */
export type SupportPolicy = 'mark' | 'drop';

export interface AnswererOptions {
  /** Evidence below refuses. Default: measured, see grounding.ts. */
  readonly minEvidence?: number;
  /** Of the texts of all sources. Default 6,000 tokens. */
  readonly maxSourceTokens?: number;
  readonly supportPolicy?: SupportPolicy;
}

export interface Searches {
  search(
    request: ReturnType<typeof searchRequestSchema.parse>,
    context: CallContext,
    workClass: 'chat',
  ): Promise<{ readonly answer: SearchAnswer }>;
}

/** For the instructions, the frames around sources, and what a tokenizer may count otherwise. */
const promptOverheadTokens = 600;
const minSourceTokens = 200;
const loopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?#]|$)/i;
type ModelEnd = Omit<Extract<ModelEvent, { readonly type: 'end' }>, 'type'>;

/** As `CitationStream` leaves them. */
const citationMark = /\[(\d+)\]/g;
const noUsage: Usage = { promptTokens: 0, completionTokens: 0 };

export class Answerer {
  private readonly minEvidence: number;
  private readonly maxSourceTokens: number;
  private readonly supportPolicy: SupportPolicy;

  constructor(
    private readonly search: Searches,
    readonly model: LanguageModel,
    options: AnswererOptions = {},
  ) {
    this.minEvidence = options.minEvidence ?? defaultMinEvidence;
    this.maxSourceTokens = options.maxSourceTokens ?? 6_000;
    this.supportPolicy = options.supportPolicy ?? 'mark';
  }

  /**
   * Errors: those of the search (COLLECTION_NOT_FOUND, SEARCH_UNAVAILABLE…) and of the model (MODEL_…); what was streamed
   * before one is not an answer.
   */
  async *answer(question: Question, context: CallContext): AsyncGenerator<AnswerEvent> {
    const { model } = this;
    const asked = await condense(question.messages, model, context);
    const found = await this.retrieve(asked, question, context);
    const language = detectLanguage(question.messages.at(-1)?.content ?? asked);
    const evidence = evidenceOf(found.results);
    const isGrounded = evidence >= this.minEvidence;
    const sources = isGrounded ? this.pack(found, question) : [];
    yield { type: 'sources', question: asked, generation: found.generation, sources: sources.map(toCitable) };
    if (!isGrounded) {
      const text = refusal(language);
      yield { type: 'delta', text };
      yield { type: 'done', answer: this.refused(text, found) };
      return;
    }
    const instructions = answerInstructions(language);
    const writer = new AnswerWriter(sources, this.supportPolicy, instructions);
    let end: ModelEnd = { reason: 'stop', usage: noUsage };
    const messages = model.capabilities.followsInstructions
      ? question.messages
      : ([{ role: 'user', content: asked }] as const);
    const request = {
      instructions,
      messages,
      sources: promptOrder(sources),
      temperature: question.temperature,
      maxTokens: question.maxTokens,
      format: 'text' as const,
    };
    for await (const event of model.generate(request, context)) {
      if (event.type === 'delta') yield* writer.write(event.text);
      else end = event;
    }
    yield* writer.end();
    yield { type: 'done', answer: this.finished(writer, end, language, found) };
  }

  private async retrieve(asked: string, question: Question, context: CallContext): Promise<SearchAnswer> {
    const request = searchRequestSchema.parse({
      query: asked.slice(0, 2_000),
      max_results: question.maxResults,
      collection: question.collection,
      ...(question.filters && { filters: question.filters }),
    });
    return (await this.search.search(request, context, 'chat')).answer;
  }

  private pack({ results }: SearchAnswer, { messages, maxTokens }: Question): PackedSource[] {
    const { model } = this;
    const said = messages.reduce((tokens, { content }) => tokens + model.countTokens(content), 0);
    const room = model.capabilities.contextTokens - maxTokens - said - promptOverheadTokens;
    const budget = Math.max(minSourceTokens, Math.min(this.maxSourceTokens, room));
    return packSources(results, budget, (text) => model.countTokens(text));
  }

  private refused(answer: string, { degraded }: SearchAnswer): Answer {
    const { model } = this.model.capabilities;
    return { answer, grounded: false, citations: [], isCut: false, unsupported: [], model, usage: noUsage, degraded };
  }

  /** A model that found nothing in the sources says so without a citation: that is a refusal too. */
  private finished(
    writer: AnswerWriter,
    { reason, usage }: ModelEnd,
    language: 'pt' | 'en' | 'other',
    { degraded }: SearchAnswer,
  ): Answer {
    const { text, citations } = writer;
    const { model } = this.model.capabilities;
    const answer = text === '' ? refusal(language) : text;
    return {
      answer,
      grounded: citations.length > 0,
      citations,
      isCut: reason === 'length',
      unsupported: writer.unsupported(),
      model,
      usage,
      degraded,
    };
  }
}

/** Turns what a model writes into what a client may see. */
class AnswerWriter {
  text = '';
  readonly citations: Citation[] = [];
  private readonly guard: InstructionGuard;
  private readonly stream: CitationStream;
  /** With `drop`: the sentence that is not finished yet. */
  private open = '';

  constructor(
    private readonly sources: readonly PackedSource[],
    private readonly policy: SupportPolicy,
    instructions: string,
  ) {
    this.guard = new InstructionGuard(instructions);
    const ofThisMachine = [...urlsIn(sources.map(({ text }) => text))].filter((url) => loopback.test(url));
    // Beside citations, only addresses that lead nowhere else.
    const urls = new Set([...urlsIn(sources.map(({ origin }) => origin)), ...ofThisMachine]);
    this.stream = new CitationStream(new Set(sources.map(({ index }) => index)), urls);
  }

  *write(piece: string): Generator<AnswerEvent> {
    const shown = this.stream.write(this.guard.write(piece));
    if (this.policy === 'mark') {
      yield* this.show(shown);
      return;
    }
    this.open += shown;
    const end = this.open.lastIndexOf('\n');
    if (end < 0) return;
    yield* this.show(this.supported(this.open.slice(0, end + 1)));
    this.open = this.open.slice(end + 1);
  }

  *end(): Generator<AnswerEvent> {
    const rest = this.open + this.stream.write(this.guard.end()) + this.stream.end();
    this.open = '';
    yield* this.show(this.policy === 'mark' ? rest : this.supported(rest));
    this.text = this.text.trimEnd();
  }

  unsupported(): { start: number; end: number }[] {
    return claimsOf(this.text)
      .filter((claim) => !isSupported(claim, this.sources))
      .map(({ start, end }) => ({ start, end }));
  }

  private *show(text: string): Generator<AnswerEvent> {
    if (text === '') return;
    const before = this.text;
    this.text += text;
    yield { type: 'delta', text };
    for (const [mark, number] of text.matchAll(citationMark)) {
      const index = Number(number);
      if (this.citations.some((citation) => citation.index === index)) continue;
      const source = this.sources.find((one) => one.index === index);
      if (source === undefined) continue;
      const citation = toCitation(source, lastSentence(before + text.slice(0, text.indexOf(mark))));
      this.citations.push(citation);
      yield { type: 'citation', citation };
    }
  }

  private supported(text: string): string {
    const dropped = claimsOf(text).filter((claim) => !isSupported(claim, this.sources));
    let kept = '';
    let at = 0;
    for (const { start, end } of dropped) {
      kept += text.slice(at, start);
      at = end;
    }
    return kept + text.slice(at);
  }
}

function lastSentence(text: string): string {
  return /[^\n.!?]*(?:[.!?]+\s*)?(?:\[\d+\]\s*)*$/.exec(text)?.[0] ?? text;
}

function toCitation(source: PackedSource, claim: string): Citation {
  const { text, start, end } = quoteFor(claim, source);
  const { page } = source.position;
  return {
    index: source.index,
    chunk_id: source.chunkId,
    document_id: source.documentId,
    title: source.title,
    source: source.origin,
    quote: text,
    position: { start, end, ...(page !== undefined && { page }) },
  };
}

function toCitable({ index, chunkId, documentId, title, origin, headings, score, text }: PackedSource): CitableSource {
  return { index, chunk_id: chunkId, document_id: documentId, title, source: origin, headings, score, text };
}
