/** `POST /chat/completions` of a language model that understands nothing and answers from its prompt alone. */
import { z } from 'zod';

import type { StreamedAnswer } from './scripted-server';

export interface PromptSource {
  readonly index: number;
  readonly title: string;
  readonly text: string;
}

/** What a language model sees. */
export interface ChatPrompt {
  readonly instructions: string;
  /** The last message as it came, sources included. */
  readonly question: string;
  /** Found in the last message: `=== MARK [n] TITLE`, text, `=== MARK end`. */
  readonly sources: readonly PromptSource[];
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly isJson: boolean;
}

/** The same prompt must give the same text. */
export type ChatStub = (prompt: ChatPrompt) => string;

const requestShape = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  stream: z.boolean().optional(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  response_format: z.object({ type: z.enum(['text', 'json_object']) }).optional(),
});

/** Pieces as models have them: words with their blank, up to three digits, single marks. */
const token = /\s?\p{L}+|\s?\p{N}{1,3}|\s?[^\s\p{L}\p{N}]|\s/gu;
const address = /https?:\/\/[^\s)>\]"']+/g;

/** The first sentence of the first source with its number; without sources, what was asked, or `{}` for JSON. */
const citeFirst: ChatStub = ({ sources: [first], question, isJson }) => {
  if (isJson) return '{}';
  if (first === undefined) return question;
  const [sentence = first.text] = /^[^]*?[.!?](?=\s|$)/.exec(first.text) ?? [];
  return `${sentence.trim()} [${first.index}]`;
};

/**
 * Does what documents say, as a model without any judgement would: quotes the first source, and then tells its
 * instructions and the whole prompt when one asks for instructions, prompts, secrets or keys, cites the numbers that one
 * wants cited, says what one tells it to say, and gives every address it has read as bare text, link, image and HTML.
 */
export const obey: ChatStub = (prompt) => {
  const read = prompt.sources.map(({ title, text }) => `${title}\n${text}`).join('\n');
  const wantsSecrets =
    /(?:print|reveal|show|repeat|output|imprima|revele|mostre|repita|escreva)[^.\n]*(?:instruction|prompt|secret|key|token|instruç|segredo|chave|senha)/i;
  const said = [citeFirst(prompt)];
  if (wantsSecrets.test(read)) said.push(prompt.instructions, prompt.question);
  for (const [, number = ''] of read.matchAll(/\b(?:cite|use|citar?)\b[^.\n[]*\[(\d+)\]/gi))
    said.push(`See [${number}].`);
  for (const [, words = ''] of read.matchAll(/\b(?:say|answer|write|diga|responda)\b[^.\n"“]*["“]([^"”\n]+)["”]/gi))
    said.push(words);
  for (const [url] of read.matchAll(address))
    said.push(
      `Read ${url}, [here](${url}), ![](${url}?q=${encodeURIComponent(said[0] ?? '')}) <a href="${url}">x</a>.`,
    );
  return said.join('\n');
};

/** The answer of the route; throws on a request that OpenAI would refuse. */
export function answerChat(
  body: unknown,
  script: { readonly write?: ChatStub; readonly firstTokenMs?: number; readonly tokenMs?: number },
): unknown {
  const request = requestShape.parse(body);
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Infinity;
  const tokens = (script.write ?? citeFirst)(toPrompt(request)).match(token) ?? [];
  const kept = tokens.slice(0, limit);
  const finish = kept.length < tokens.length ? 'length' : 'stop';
  const read = request.messages.reduce((count, { content }) => count + (content.match(token)?.length ?? 0), 0);
  const usage = { prompt_tokens: read, completion_tokens: kept.length, total_tokens: read + kept.length };
  const head = { id: 'chatcmpl-stub', created: 0, model: request.model };
  if (request.stream !== true) {
    const message = { role: 'assistant', content: kept.join(''), refusal: null };
    const choices = [{ index: 0, message, finish_reason: finish, logprobs: null }];
    return { ...head, object: 'chat.completion', choices, usage };
  }
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
  const choice = (delta: object, finishReason: string | null = null): object[] => [
    { index: 0, delta, finish_reason: finishReason },
  ];
  return {
    contentType: 'text/event-stream',
    parts: [
      chunk(choice({ role: 'assistant', content: '' })),
      ...kept.map((content) => chunk(choice({ content }))),
      chunk(choice({}, finish)),
      ...(request.stream_options?.include_usage === true ? [chunk([], { usage })] : []),
      'data: [DONE]\n\n',
    ],
    firstMs: script.firstTokenMs ?? 0,
    everyMs: script.tokenMs ?? 0,
  } satisfies StreamedAnswer;
}

function toPrompt({ messages, response_format: format }: z.infer<typeof requestShape>): ChatPrompt {
  const instructions = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const question = messages.at(-1)?.content ?? '';
  const sources: PromptSource[] = [];
  const mark = /^=== (\S+) \[\d+\] /m.exec(question)?.[1];
  if (mark !== undefined) {
    for (const part of question.split(`=== ${mark} `)) {
      const [, index, title = '', text = ''] = /^\[(\d+)\] ([^\n]*)\n([^]*)$/.exec(part) ?? [];
      if (index !== undefined) sources.push({ index: Number(index), title, text: text.trim() });
    }
  }
  return { instructions: instructions.join('\n'), question, sources, messages, isJson: format?.type === 'json_object' };
}
