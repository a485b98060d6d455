/** The agent that reads: from the sources of a sub-question to claims, each with the sources that say it. */
import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import { z } from 'zod';

import { cleanCitations, urlsIn } from '../citations';
import type { LanguageModel } from '../language-model';
import { promptOrder, type PackedSource } from '../pack-sources';
import { readWhole } from '../read-whole';
import type { Budget, Stage } from './budget';
import { isBorneOut } from './borne-out';
import type { OwnedClaim } from './critic';
import type { ModelDesk } from './model-desk';
import type { SubQuestion } from './research';
import { statementOf } from './statement';
import { readInstructions } from './research-instructions';

const readingShape = z.object({
  claims: z.array(z.object({ text: z.string().trim().min(1).max(1_000), sources: z.array(z.int()).max(50) })).max(20),
  answered: z.boolean().default(true),
});
const maxTokens = 900;
const maxClaims = 6;
/** Sentences are cut out of it: it may begin in one and end in another. */
const emphasis = /\*\*|__(?=\s|$)|(?<=\s|^)__/g;
const quoted = /^(.*?)\s*\[(\d+)\]$/s;
/** Other addresses that stand in documents would lead a reader elsewhere. */
const loopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?#]|$)/i;
/** Shorter items of lists ("A full disk.") say nothing outside of their list; the citations are as good without them. */
const minWords = 3;
const none: ReadonlySet<never> = new Set();

export class Reader {
  /** @param quoter answers with sentences of the sources: for when the model cannot */
  constructor(
    private readonly desk: ModelDesk,
    private readonly quoter: LanguageModel,
    private readonly budget: Budget,
  ) {}

  /** Quotations are all that there will be to write. */
  get stage(): Stage {
    return this.desk.model.capabilities.followsInstructions ? 'gathering' : 'writing';
  }

  /** Errors: those of `context`. */
  async read(part: SubQuestion, sources: readonly PackedSource[], context: CallContext): Promise<OwnedClaim[]> {
    if (sources.length === 0) return [];
    if (!this.desk.model.capabilities.followsInstructions) return await this.quote(part, sources, context);
    const instructions = readInstructions(detectLanguage(part.question));
    const asked = {
      ...{ stage: this.stage, instructions, message: part.question, maxTokens },
      sources: promptOrder(sources),
    };
    const reading = await this.desk.askJson(asked, readingShape, context);
    if (reading === undefined) return await this.quoteFreely(part, sources, context);
    if (!reading.answered) return [];
    return reading.claims
      .map(({ text, sources: numbers }) => ({
        text: cleanCitations(text, none, none).text.replace(/\s+/g, ' ').trim(),
        numbers,
      }))
      .map(({ text, numbers }) => ({
        text,
        sources: sources.filter((source) => numbers.includes(source.index) && isBorneOut(text, source, instructions)),
      }))
      .filter((claim) => claim.text !== '' && claim.sources.length > 0)
      .slice(0, maxClaims);
  }

  private async quote(
    part: SubQuestion,
    sources: readonly PackedSource[],
    context: CallContext,
  ): Promise<OwnedClaim[]> {
    const asked = { stage: this.stage, instructions: '', message: part.query, sources, maxTokens };
    const text = await this.desk.ask({ ...asked, format: 'text' }, context);
    return text === undefined ? [] : quotationsIn(text, sources);
  }

  /** At no cost in tokens: nothing is sent to the model. */
  private async quoteFreely(
    part: SubQuestion,
    sources: readonly PackedSource[],
    context: CallContext,
  ): Promise<OwnedClaim[]> {
    const { context: within, end } = this.budget.startCall('writing', context);
    const messages = [{ role: 'user' as const, content: part.query }] as const;
    const request = { instructions: '', messages, sources, temperature: 0, maxTokens, format: 'text' as const };
    try {
      return quotationsIn((await readWhole(this.quoter.generate(request, within))).text, sources);
    } catch {
      throwIfEnded(context);
      if (!this.budget.isOver('writing')) this.desk.hasFailed = true;
      return [];
    } finally {
      end();
    }
  }
}

/** A sentence a paragraph, with the number of its source at the end. */
function quotationsIn(text: string, sources: readonly PackedSource[]): OwnedClaim[] {
  const claims = text.split('\n\n').flatMap((paragraph): OwnedClaim[] => {
    const [, said = '', number] = quoted.exec(paragraph.trim()) ?? [];
    const source = sources.find(({ index }) => index === Number(number));
    const ofThisMachine = new Set([...urlsIn([said])].filter((url) => loopback.test(url)));
    const clean = cleanCitations(said.replaceAll(emphasis, ''), none, ofThisMachine).text.trim();
    return source === undefined || clean === '' ? [] : [{ text: clean, sources: [source] }];
  });
  const whole = claims.filter(({ text: said, sources: [source] }) => {
    return statementOf(said, source?.language ?? 'other').words.size >= minWords;
  });
  return whole.length > 0 ? whole : claims;
}
