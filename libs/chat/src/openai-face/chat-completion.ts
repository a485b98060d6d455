/** Answers of this server in the form of OpenAI. */
import type { Citation } from '../answer';

import type { Annotation, AnswerDetails, ChatCompletion } from './chat-completion.schema';

/** What chat and research both give. */
export interface FaceAnswer {
  readonly text: string;
  /** A budget ended before the work. */
  readonly isCut: boolean;
  readonly details: AnswerDetails;
  readonly usage: ChatCompletion['usage'];
}

export type FaceEvent =
  { readonly type: 'delta'; readonly text: string } | { readonly type: 'done'; readonly answer: FaceAnswer };

/** What all chunks of an answer share. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Of this server, as the client wrote it: `http://localhost:8000`. */
  readonly origin: string;
}

export function toCompletion({ text, isCut, details, usage }: FaceAnswer, head: CompletionHead): ChatCompletion {
  const annotations = annotationsOf(text, details.citations, head.origin);
  const message = { role: 'assistant' as const, content: text, refusal: null, annotations };
  return {
    ...{ id: head.id, object: 'chat.completion', created: head.created, model: head.model },
    choices: [{ index: 0, message, finish_reason: isCut ? 'length' : 'stop', logprobs: null }],
    usage,
    acervo: details,
  };
}

/** The pieces of a stream, as OpenAI's: the role, texts, the finish with its annotations, and usage when asked for. */
export async function* toChunks(
  events: AsyncIterable<FaceEvent>,
  { id, created, model, origin }: CompletionHead,
  includeUsage: boolean,
): AsyncGenerator<object> {
  const head = { id, object: 'chat.completion.chunk', created, model };
  const usageLater = includeUsage ? { usage: null } : {};
  const chunk = (delta: object, finish: 'stop' | 'length' | null = null, more: object = {}): object => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
    ...usageLater,
    ...more,
  });
  let isBegun = false;
  for await (const event of events) {
    if (!isBegun) yield chunk({ role: 'assistant', content: '', refusal: null });
    isBegun = true;
    if (event.type === 'delta') {
      yield chunk({ content: event.text });
      continue;
    }
    const { text, isCut, details, usage } = event.answer;
    const annotations = annotationsOf(text, details.citations, origin);
    yield chunk({ annotations }, isCut ? 'length' : 'stop', { acervo: details });
    if (includeUsage) yield { ...head, choices: [], usage };
  }
}

/** One for each mark `[n]`. */
function annotationsOf(text: string, citations: readonly Citation[], origin: string): Annotation[] {
  return [...text.matchAll(/\[(\d+)\]/g)].flatMap(({ 0: mark, 1: number, index }) => {
    const citation = citations.find((one) => one.index === Number(number));
    if (citation === undefined) return [];
    const { title, source, document_id: documentId } = citation;
    const url = /^https?:\/\//.test(source) ? source : `${origin}/documents/${encodeURIComponent(documentId)}`;
    return [{ type: 'url_citation', url_citation: { start_index: index, end_index: index + mark.length, title, url } }];
  });
}
