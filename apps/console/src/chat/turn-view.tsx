import type { JSX } from 'preact';

import type { Citation } from '../api/wire';
import { useMessages } from '../i18n/language';
import { MarkdownView } from '../markdown/markdown-view';
import { SourceList } from '../markdown/source-list';
import { openPassage } from '../reader/open-passage';
import { DegradedNotice } from '../ui/degraded-notice';
import { ProblemNotice } from '../ui/problem-notice';
import type { Turn } from './turn';

interface Props {
  readonly turn: Turn;
  readonly collection: string;
}

export function TurnView({ turn, collection }: Props): JSX.Element {
  const m = useMessages();
  const isGrowing = turn.state === 'looking' || turn.state === 'writing';
  const onCite = ({ document_id: documentId, title, position }: Citation): void => {
    openPassage.set({ documentId, collection: collection === '' ? undefined : collection, title, position });
  };
  return (
    <article class="turn">
      <div class="question">
        <span class="unseen">{m.chat.you}: </span>
        {turn.question}
      </div>
      <div class={`answer ${isGrowing ? 'is-growing' : ''}`} aria-busy={isGrowing}>
        <span class="unseen">{m.chat.assistant}: </span>
        {turn.state === 'looking' && (
          <p class="quiet" role="status">
            {turn.passages === 0 ? m.chat.looking : m.chat.reading(turn.passages)}
          </p>
        )}
        {!turn.isGrounded && <p class="badge badge-warn">{m.chat.notGrounded}</p>}
        {turn.answer !== '' && (
          <MarkdownView
            source={turn.answer}
            citations={turn.citations}
            onCite={onCite}
            unsupported={turn.unsupported}
          />
        )}
        {turn.state === 'stopped' && <p class="quiet">{m.chat.stopped}</p>}
        {turn.isCut && <p class="quiet">{m.chat.cut}</p>}
        {turn.problem !== undefined && <ProblemNotice problem={turn.problem} />}
        <DegradedNotice reasons={turn.degraded} />
        <SourceList citations={turn.citations} onCite={onCite} />
        {turn.model !== undefined && turn.citations.length > 0 && (
          <p class="quiet made-by">{turn.model === 'extractive' ? m.common.extractive : m.common.model(turn.model)}</p>
        )}
      </div>
    </article>
  );
}
