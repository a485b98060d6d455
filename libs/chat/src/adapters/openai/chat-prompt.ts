import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';

import type { ChatMessage, GenerateRequest } from '../../language-model';
import { renderSources } from '../../source-fence';

/**
 * Instructions alone have the rank of the system; sources stand in the user's last message, before the question.
 * Messages of one role in a row become one: the templates of some models refuse anything but turns.
 */
export function toChatPrompt({ instructions, messages, sources }: GenerateRequest): ChatCompletionMessageParam[] {
  const fenced = sources.length === 0 ? undefined : renderSources(sources);
  const system = fenced === undefined ? instructions : `${instructions}\n${fenced.rule}`;
  const turns: ChatMessage[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    const isQuestion = at === messages.length - 1;
    const shown = isQuestion && fenced !== undefined ? `${fenced.text}\n\n${content}` : content;
    const before = turns.at(-1);
    if (before?.role === role) turns[turns.length - 1] = { role, content: `${before.content}\n\n${shown}` };
    else turns.push({ role, content: shown });
  }
  return [{ role: 'system', content: system }, ...turns];
}
