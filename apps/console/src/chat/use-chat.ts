import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { getConversation, stream } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { ChatAnswer } from '../api/wire';
import { newTurn, turnsOf, withEvent, type Turn } from './turn';

export interface Chat {
  readonly turns: readonly Turn[];
  readonly isBusy: boolean;
  /** Of loading the conversation; that of an answer is in its turn. */
  readonly problem: Problem | undefined;
  readonly ask: (question: string, collection: string) => void;
  readonly stop: () => void;
}

/**
 * The conversation that the address names.
 *
 * @param onKept is told the id when the server keeps a new one
 */
export function useChat(conversation: string, onKept: (id: string) => void): Chat {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = useRef<AbortController>(undefined);
  /** What is shown now: a conversation that began here is not fetched again when it gets its id. */
  const shown = useRef('');

  useEffect(() => {
    if (conversation === shown.current) return;
    shown.current = conversation;
    // What still runs belongs to the conversation before.
    run.current?.abort();
    run.current = undefined;
    setIsBusy(false);
    setTurns([]);
    setProblem(undefined);
    if (conversation === '') return;
    const leaving = new AbortController();
    getConversation(conversation, leaving.signal).then(
      ({ messages }) => {
        setTurns(turnsOf(messages));
      },
      (error: unknown) => {
        if (!isAbort(error)) setProblem(asProblem(error));
      },
    );
    return () => {
      leaving.abort();
    };
  }, [conversation]);

  // Whoever leaves the page stops the answer, as a closed connection does.
  useEffect(() => () => run.current?.abort(), []);

  const ask = useCallback(
    (question: string, collection: string) => {
      const leaving = new AbortController();
      run.current = leaving;
      const change = (next: (turn: Turn) => Turn): void => {
        setTurns((all) => all.map((turn, index) => (index === all.length - 1 ? next(turn) : turn)));
      };
      const work = async (): Promise<void> => {
        const id = shown.current;
        const body = {
          message: question,
          ...(id !== '' && { conversation_id: id }),
          ...(collection !== '' && { collection }),
        };
        try {
          for await (const event of stream('/chat', body, leaving.signal)) {
            change((turn) => withEvent(turn, event));
            if (event.type === 'done' && id === '') {
              shown.current = (event.data as ChatAnswer).conversation_id;
              onKept(shown.current);
            }
          }
        } catch (error) {
          if (run.current !== leaving && isAbort(error)) return;
          const failed = isAbort(error)
            ? ({ state: 'stopped' } as const)
            : ({ state: 'failed', problem: asProblem(error) } as const);
          change((turn) => ({ ...turn, ...failed }));
        } finally {
          if (run.current === leaving) {
            run.current = undefined;
            setIsBusy(false);
          }
        }
      };
      setTurns((all) => [...all, newTurn(question)]);
      setIsBusy(true);
      void work();
    },
    [onKept],
  );

  const stop = useCallback(() => run.current?.abort(), []);
  return { turns, isBusy, problem, ask, stop };
}
