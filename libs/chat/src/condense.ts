/** From a conversation to one question that a search understands. */
import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { analyseQuery, detectLanguage } from '@acervo/language';

import { condenseInstructions } from './instructions';
import type { ChatMessage, LanguageModel } from './language-model';
import { readWhole } from './read-whole';

/** Questions with fewer words of content lean on what was said before. */
const fewTerms = 3;
const maxQuestionCharacters = 2_000;
const maxTokens = 200;

/** Words that stand for something said before. */
const referring = new Set(
  'isso isto aquilo ele ela eles elas dele dela deles delas disso disto nisso esse essa esses essas este esta it its they them their that this those these he she one ones'.split(
    ' ',
  ),
);

/** By rules when the model takes no instructions, or fails: a search is worth more than an error. */
export async function condense(
  messages: readonly [...ChatMessage[], ChatMessage],
  model: LanguageModel,
  context: CallContext,
): Promise<string> {
  const last = messages.at(-1)?.content ?? '';
  if (messages.length === 1) return last;
  if (!model.capabilities.followsInstructions) return condenseByRules(messages);
  try {
    const request = { instructions: condenseInstructions, messages, sources: [], temperature: 0, maxTokens };
    const { text } = await readWhole(model.generate({ ...request, format: 'text' }, context));
    const question = text.trim().slice(0, maxQuestionCharacters);
    return question === '' ? condenseByRules(messages) : question;
  } catch {
    throwIfEnded(context);
    return condenseByRules(messages);
  }
}

/** The last question, behind the one before when it would say too little alone. */
export function condenseByRules(messages: readonly ChatMessage[]): string {
  const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => content.trim());
  const last = asked.at(-1) ?? '';
  const before = asked.at(-2);
  if (before === undefined) return last;
  const terms = analyseQuery(last, [detectLanguage(last)]);
  return terms.length < fewTerms || refersBack(last) ? `${before} ${last}`.slice(-maxQuestionCharacters) : last;
}

/** A word of it stands for something said before. */
export function refersBack(question: string): boolean {
  return question
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .some((word) => referring.has(word));
}
