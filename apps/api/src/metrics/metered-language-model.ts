import { LanguageModel, type GenerateRequest, type LanguageModelCapabilities, type ModelEvent } from '@acervo/chat';
import type { CallContext } from '@acervo/kernel';
import type { StageMetrics } from '@acervo/metrics';
import { recordSpan } from '@acervo/tracing';

/** Tells how long texts take, from the question to the last piece; those that fail or are left early too. */
export class MeteredLanguageModel extends LanguageModel {
  constructor(
    private readonly model: LanguageModel,
    private readonly stages: Pick<StageMetrics, 'record'> | undefined,
  ) {
    super();
  }

  override get capabilities(): LanguageModelCapabilities {
    return this.model.capabilities;
  }

  override async *generate(request: GenerateRequest, context: CallContext): AsyncIterable<ModelEvent> {
    const startedMs = performance.now();
    try {
      yield* this.model.generate(request, context);
    } finally {
      const endedMs = performance.now();
      this.stages?.record('llm', endedMs - startedMs);
      recordSpan(() => ({ name: 'llm', startedMs, endedMs, attributes: { 'gen_ai.operation.name': 'chat' } }));
    }
  }

  override countTokens(text: string): number {
    return this.model.countTokens(text);
  }

  override isDeterministic(temperature: number): boolean {
    return this.model.isDeterministic(temperature);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.model.checkHealth(context);
  }

  override async close(): Promise<void> {
    await this.model.close();
  }
}
