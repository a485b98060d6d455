import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { deleteConversation, listConversations } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { ConversationSummary } from '../api/wire';
import { useMessages } from '../i18n/language';
import { hrefOf } from '../router';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';

interface Props {
  /** Grows when there may be a new one. */
  readonly version: number;
  readonly current: string;
  readonly collection: string;
  readonly onRemoved: (id: string) => void;
}

/** The last ones, newest first. */
export function ConversationList({ version, current, collection, onRemoved }: Props): JSX.Element {
  const m = useMessages();
  const [list, setList] = useState<readonly ConversationSummary[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const leaving = new AbortController();
    listConversations(leaving.signal).then(setList, (error: unknown) => {
      if (!isAbort(error)) setProblem(asProblem(error));
    });
    return () => {
      leaving.abort();
    };
  }, [version]);

  const remove = async (id: string): Promise<void> => {
    try {
      await deleteConversation(id);
      setList((all) => all?.filter((one) => one.id !== id));
      onRemoved(id);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <nav class="conversations" aria-label={m.chat.conversations}>
      <h2>{m.chat.conversations}</h2>
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {list?.length === 0 && <p class="quiet">{m.chat.noConversations}</p>}
      <ul>
        {list?.map(({ id, title }) => (
          <li key={id}>
            <a
              href={hrefOf('chat', { c: id, collection })}
              {...(id === current && { 'aria-current': 'true' as const })}
            >
              {title}
            </a>
            <button
              type="button"
              class="button button-icon"
              aria-label={m.chat.removeConversation(title)}
              onClick={() => void remove(id)}
            >
              <Icon name="trash" />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
