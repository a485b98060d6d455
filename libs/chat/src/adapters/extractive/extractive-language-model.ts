import type { Embedder } from '@acervo/embedding';
import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { analyseQuery, detectLanguage, stem, tokenise, type Language } from '@acervo/language';

import type { Admission } from '@acervo/throttle';

import { LanguageModel, type GenerateRequest, type ModelEvent, type Source } from '../../language-model';
import { selectSentences, type Candidate } from './sentence-selection';
import { splitSentences } from './sentences';

/** Sentences looked at for one answer. */
const maxCandidates = 96;
/** Of an answer of nothing but quotations. */
const charactersPerToken = 4;

/**
 * Answers without a language model and without leaving the machine: the sentences of the sources that are nearest to the
 * question, each with the number of its source. It invents nothing and joins nothing: what no single sentence says, it
 * cannot say. Sentences in the question's language are preferred; a source in another one is quoted as it is.
 *
 * Errors: those of the embedder, SERVER_OVERLOADED.
 */
export class ExtractiveLanguageModel extends LanguageModel {
  override readonly capabilities = { model: 'extractive', contextTokens: 16_000, followsInstructions: false };

  /** @param admission gives the permit for embedding sentences; without it nobody counts */
  constructor(
    private readonly embedder: Embedder,
    private readonly admission?: Admission,
  ) {
    super();
  }

  override async *generate(request: GenerateRequest, context: CallContext): AsyncIterable<ModelEvent> {
    throwIfEnded(context);
    const question = request.messages.at(-1)?.content ?? '';
    const choose = async (): Promise<Candidate[]> => this.choose(question, request.sources, context);
    const chosen = await (this.admission?.run('chat', context, choose) ?? choose());
    let characters = 0;
    let isCut = false;
    for (const { text, source } of chosen) {
      const said = `${characters === 0 ? '' : '\n\n'}${text} [${source.index}]`;
      if (characters > 0 && (characters + said.length) / charactersPerToken > request.maxTokens) {
        isCut = true;
        break;
      }
      characters += said.length;
      yield { type: 'delta', text: said };
    }
    const promptTokens =
      this.countTokens(question) + request.sources.reduce((n, { text }) => n + this.countTokens(text), 0);
    const usage = { promptTokens, completionTokens: Math.ceil(characters / charactersPerToken) };
    yield { type: 'end', reason: isCut ? 'length' : 'stop', usage };
  }

  override countTokens(text: string): number {
    return Math.ceil(text.length / charactersPerToken);
  }

  override isDeterministic(): boolean {
    return true;
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.embedder.checkHealth(context);
  }

  /** The embedder belongs to who made it. */
  override async close(): Promise<void> {
    await Promise.resolve();
  }

  private async choose(question: string, sources: readonly Source[], context: CallContext): Promise<Candidate[]> {
    const language = detectLanguage(question);
    const preferred = inLanguage(sources, language);
    const found = preferred.flatMap((source) =>
      splitSentences(source.text, source.language).map((sentence) => ({ source, ...sentence })),
    );
    const sentences = found.slice(0, maxCandidates);
    if (sentences.length === 0) return [];
    const similarities = await this.similarities(
      question,
      sentences.map(({ source, text }) => `${source.title}\n${text}`),
      context,
    );
    const candidates = sentences.map((sentence, nth): Candidate => ({
      ...sentence,
      stems: stemsOf(sentence.text, sentence.source.language),
      similarity: similarities[nth] ?? 0,
    }));
    const asked = analyseQuery(question, [language]).flatMap(({ stems }) => stems);
    return selectSentences(candidates, new Set(asked));
  }

  private async similarities(question: string, texts: readonly string[], context: CallContext): Promise<number[]> {
    const { dimensions, maxBatchItems } = this.embedder.capabilities;
    const [asked, ...parts] = await Promise.all([
      this.embedder.embedBatch([question], 'query', context),
      ...batches(texts, maxBatchItems).map(async (batch) => this.embedder.embedBatch(batch, 'passage', context)),
    ]);
    return parts.flatMap((rows) =>
      Array.from({ length: rows.length / dimensions }, (_, row) => {
        let cosine = 0;
        for (let at = 0; at < dimensions; at++) cosine += (asked[at] ?? 0) * (rows[row * dimensions + at] ?? 0);
        return cosine;
      }),
    );
  }
}

/** A passage in the reader's own language is worth one in another that was found twice as well. */
const foreignShare = 0.5;

/** Those in the question's language, unless a source in another one was found much better. */
function inLanguage(sources: readonly Source[], language: Language): readonly Source[] {
  if (language === 'other') return sources;
  const same = sources.filter((source) => source.language === language);
  const bestOf = (some: readonly Source[]): number => Math.max(0, ...some.map(({ score }) => score));
  return bestOf(same) > bestOf(sources) * foreignShare ? same : sources;
}

function stemsOf(text: string, language: Language): Set<string> {
  return new Set(tokenise(text).map(({ surface }) => stem(surface, language)));
}

function batches<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}
