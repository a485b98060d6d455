/** Asks a model within the budget of a research. What a model cannot or must not do any more is undefined: rules go on. */
import { throwIfEnded, type CallContext } from '@acervo/kernel';
import type { z } from 'zod';

import type { LanguageModel, Source } from '../language-model';
import { readWhole } from '../read-whole';
import type { Budget, Stage } from './budget';
import { parseJson } from './parse-json';

export interface Asked {
  readonly stage: Stage;
  readonly instructions: string;
  readonly message: string;
  readonly sources: readonly Source[];
  readonly maxTokens: number;
  readonly format: 'text' | 'json';
}

/** An answer with less room is not worth its prompt. */
const leastTokens = 64;
/** Frames around sources and messages. */
const overheadTokens = 100;

export class ModelDesk {
  /** It failed, other than by the end of the budget. */
  hasFailed = false;

  constructor(
    readonly model: LanguageModel,
    private readonly budget: Budget,
  ) {}

  /** Errors: those of `context` when that ended. */
  async ask(asked: Asked, context: CallContext): Promise<string | undefined> {
    const prompt = this.tokensOf(asked);
    const { contextTokens } = this.model.capabilities;
    const most = Math.min(asked.maxTokens, contextTokens - prompt);
    const reserve = this.budget.reserveTokens(asked.stage, prompt + Math.min(leastTokens, most), prompt + most);
    if (reserve === undefined || most <= 0) {
      reserve?.settle(0);
      return undefined;
    }
    const call = this.budget.startCall(asked.stage, context);
    let used = prompt;
    try {
      const { text, usage } = await readWhole(
        this.model.generate(
          {
            instructions: asked.instructions,
            messages: [{ role: 'user', content: asked.message }],
            sources: asked.sources,
            temperature: 0,
            maxTokens: reserve.tokens - prompt,
            format: asked.format,
          },
          call.context,
        ),
      );
      used = usage.promptTokens + usage.completionTokens;
      return text;
    } catch {
      throwIfEnded(context);
      if (!this.budget.isOver(asked.stage)) this.hasFailed = true;
      return undefined;
    } finally {
      call.end();
      reserve.settle(used);
    }
  }

  /** Undefined as well when the answer has not the shape. */
  async askJson<T>(asked: Omit<Asked, 'format'>, shape: z.ZodType<T>, context: CallContext): Promise<T | undefined> {
    const text = await this.ask({ ...asked, format: 'json' }, context);
    return text === undefined ? undefined : parseJson(text, shape);
  }

  private tokensOf({ instructions, message, sources }: Asked): number {
    const texts = [
      instructions,
      message,
      ...sources.flatMap(({ title, headings, text }) => [title, ...headings, text]),
    ];
    return overheadTokens + texts.reduce((sum, text) => sum + this.model.countTokens(text), 0);
  }
}
