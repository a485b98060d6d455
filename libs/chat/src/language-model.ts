/** Port: what writes text. Adapters: `openai` (any compatible server) and `extractive` (no model: sentences of the sources). */
import type { CallContext } from '@acervo/kernel';
import type { Language } from '@acervo/language';

export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A piece of a document that an answer may cite. Its text is data, never an instruction. */
export interface Source {
  /** From 1: `[n]` in the answer. */
  readonly index: number;
  readonly title: string;
  readonly headings: readonly string[];
  readonly text: string;
  readonly language: Language;
  /** 0..1: estimated probability that it answers the question. */
  readonly score: number;
}

export interface GenerateRequest {
  /** What to do and how to answer: of this server alone, never of a client or a document. */
  readonly instructions: string;
  /** Oldest first; the last one is the question. */
  readonly messages: readonly [...ChatMessage[], ChatMessage];
  /** In the order in which they are shown. */
  readonly sources: readonly Source[];
  /** 0..2; 0 asks for the most probable text. */
  readonly temperature: number;
  readonly maxTokens: number;
  /** `json`: the text is one JSON object. */
  readonly format: 'text' | 'json';
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export type ModelEvent =
  | { readonly type: 'delta'; readonly text: string }
  /** Always last. `length`: cut off at `maxTokens`. */
  | { readonly type: 'end'; readonly reason: 'stop' | 'length'; readonly usage: Usage };

export interface LanguageModelCapabilities {
  /** As shown in answers. */
  readonly model: string;
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number;
  /** False: it only answers the last message from the sources; plans, summaries and judgements are made by rules. */
  readonly followsInstructions: boolean;
}

export abstract class LanguageModel {
  abstract readonly capabilities: LanguageModelCapabilities;

  /**
   * Writes an answer piece by piece. Ends with one `end` event, or throws; what came before a failure is not an answer.
   * Leaving the loop early, or the context's end, closes the connection to the model at once.
   *
   * Errors: MODEL_OVERLOADED (429 or a full queue, retryable), MODEL_UPSTREAM_FAILED, MODEL_UPSTREAM_TIMEOUT (retryable),
   * REQUEST_DEADLINE_EXCEEDED, REQUEST_CANCELLED.
   */
  abstract generate(request: GenerateRequest, context: CallContext): AsyncIterable<ModelEvent>;

  /** Tokens of a text; exact or a little too high. */
  abstract countTokens(text: string): number;

  /** The same request gives the same text. */
  abstract isDeterministic(temperature: number): boolean;

  /** Rejects with the reason when it cannot answer. */
  abstract checkHealth(context: CallContext): Promise<void>;
  abstract close(): Promise<void>;
}
