/** One question and its answer as it grows, event by event. */
import type { Problem } from '../api/problem';
import type { ChatAnswer, Citation, Span } from '../api/wire';

export interface Turn {
  readonly question: string;
  readonly answer: string;
  readonly state: 'looking' | 'writing' | 'done' | 'stopped' | 'failed';
  /** Passages that are looked at. */
  readonly passages: number;
  readonly citations: readonly Citation[];
  readonly isGrounded: boolean;
  readonly isCut: boolean;
  readonly unsupported: readonly Span[];
  readonly model: string | undefined;
  readonly degraded: readonly string[];
  readonly problem?: Problem;
}

export function newTurn(question: string): Turn {
  return {
    question,
    answer: '',
    state: 'looking',
    passages: 0,
    citations: [],
    isGrounded: true,
    isCut: false,
    unsupported: [],
    model: undefined,
    degraded: [],
  };
}

/** As it is kept by the server: without its citations. */
function keptTurn(question: string, answer: string): Turn {
  return { ...newTurn(question), answer, state: 'done' };
}

/** The turn after an event of `POST /chat`; events of other kinds change nothing. */
export function withEvent(turn: Turn, { type, data }: { readonly type: string; readonly data: unknown }): Turn {
  switch (type) {
    case 'sources':
      return { ...turn, passages: (data as { sources: readonly unknown[] }).sources.length };
    case 'delta':
      return { ...turn, state: 'writing', answer: turn.answer + (data as { text: string }).text };
    case 'citation':
      return { ...turn, citations: [...turn.citations, data as Citation] };
    case 'done': {
      const { answer, citations, grounded, finish_reason, unsupported, model, degraded } = data as ChatAnswer;
      const isCut = finish_reason === 'length';
      return { ...turn, state: 'done', answer, citations, isGrounded: grounded, isCut, unsupported, model, degraded };
    }
    default:
      return turn;
  }
}

/** Messages of a conversation in pairs; a question whose answer is missing stands alone. */
export function turnsOf(
  messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[],
): Turn[] {
  const turns: Turn[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (role === 'user') turns.push(keptTurn(content, ''));
    else if (last !== undefined) turns[turns.length - 1] = { ...last, answer: content };
  }
  return turns;
}
