import type { JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { hrefOf } from '../router';
import { CollectionSelect } from '../ui/collection-select';
import { EmptyState } from '../ui/empty-state';
import { Examples } from '../ui/examples';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { useFocusKey } from '../ui/use-focus-key';
import { go, rename } from '../use-place';
import { Composer } from './composer';
import { ConversationList } from './conversation-list';
import { TurnView } from './turn-view';
import { useChat } from './use-chat';

export function ChatPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const m = useMessages();
  const conversation = query.get('c') ?? '';
  const collection = query.get('collection') ?? '';
  const [version, setVersion] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useFocusKey(field);

  const onKept = useCallback(
    (id: string) => {
      setVersion((count) => count + 1);
      rename(hrefOf('chat', { c: id, collection }));
    },
    [collection],
  );
  const { turns, isBusy, problem, ask, stop } = useChat(conversation, onKept);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [turns.length]);

  const send = (question: string): void => {
    ask(question, collection);
  };
  return (
    <section class="page chat">
      <h1 class="unseen">{m.chat.title}</h1>
      <aside class="side">
        <a class="button button-wide" href={hrefOf('chat', { collection })}>
          <Icon name="plus" />
          {m.chat.newConversation}
        </a>
        <CollectionSelect
          value={collection}
          onChange={(name) => {
            go(hrefOf('chat', { collection: name }));
          }}
        />
        <ConversationList
          version={version}
          current={conversation}
          collection={collection}
          onRemoved={(id) => {
            if (id === conversation) go(hrefOf('chat', { collection }));
          }}
        />
      </aside>
      <div class="chat-main">
        {problem !== undefined && <ProblemNotice problem={problem} />}
        {turns.length === 0 && problem === undefined && conversation === '' && (
          <EmptyState icon="chat" title={m.chat.emptyTitle} detail={m.chat.emptyDetail}>
            <Examples texts={m.chat.examples} onChoose={send} />
          </EmptyState>
        )}
        <div class="turns">
          {turns.map((turn, index) => (
            <TurnView key={index} turn={turn} collection={collection} />
          ))}
          <div ref={end} />
        </div>
        <Composer field={field} isBusy={isBusy} onSend={send} onStop={stop} />
      </div>
    </section>
  );
}
