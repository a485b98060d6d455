/** Outcomes of runs that are the same for everybody who asks: kept as long as the collection does not change. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { requestDirectives, ResponseCachePolicy, type CacheSubject, type ResponseCache } from '@acervo/cache';
import type { CallContext } from '@acervo/kernel';

import type { LanguageModel } from './language-model';

export interface RunPlace<K> {
  /** Names the question and everything that its outcome depends on. */
  readonly key: string;
  readonly kept: K | undefined;
  readonly keep: (outcome: K) => void;
}

type CacheHeaders = Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>;

export abstract class RunMemory<Q extends { readonly collection: string }, K> {
  private readonly policy = new KeepingPolicy<K>((outcome, generation) => this.mayKeep(outcome, generation));

  constructor(private readonly cache: ResponseCache) {}

  protected abstract subjectOf(question: Q, model: LanguageModel): CacheSubject;
  protected abstract isRepeatable(question: Q, model: LanguageModel): boolean;
  /** @param generation of the collection when the outcome was looked for */
  protected abstract mayKeep(outcome: K, generation: number): boolean;

  /** Undefined: it is not the same for everybody, or nobody can say whether it is still right. */
  async place(
    question: Q,
    model: LanguageModel,
    headers: CacheHeaders,
    context: CallContext,
  ): Promise<RunPlace<K> | undefined> {
    const { noCache, noStore } = requestDirectives(headers);
    if (noStore || !this.isRepeatable(question, model)) return undefined;
    const subject = this.subjectOf(question, model);
    const state = await this.cache.stateOf(question.collection, context);
    if (state === undefined) return undefined;
    const found = await this.cache.lookUp<K>([subject], this.policy, headers, context);
    return {
      // Who wants a new one does not join one that was begun before.
      key: this.cache.keyOf(subject, state) + (noCache ? randomUUID() : ''),
      kept: found?.answers[0],
      keep: (outcome) => found?.keep(0, outcome),
    };
  }
}

class KeepingPolicy<K> extends ResponseCachePolicy {
  constructor(private readonly mayKeep: (outcome: K, generation: number) => boolean) {
    super();
  }

  override subject(): undefined {
    return undefined;
  }

  override keep(outcome: unknown, generation: number): 'yes' | 'no' {
    return this.mayKeep(outcome as K, generation) ? 'yes' : 'no';
  }
}
