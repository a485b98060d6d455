import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { getDocument } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { DocumentWithText, Span } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { useStore } from '../store';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemNotice } from '../ui/problem-notice';
import { openPassage, type Passage } from './open-passage';
import { widenAfter, widenBefore, windowAround } from './text-window';

/** A document beside the page, opened at the passage that is asked about. */
export function Reader(): JSX.Element | null {
  const passage = useStore(openPassage);
  if (passage === undefined) return null;
  return <OpenDocument key={passage.documentId} passage={passage} />;
}

function OpenDocument({ passage }: { readonly passage: Passage }): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const [document, setDocument] = useState<DocumentWithText>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const leaving = new AbortController();
    getDocument({ id: passage.documentId, collection: passage.collection }, leaving.signal).then(
      setDocument,
      (error: unknown) => {
        if (!isAbort(error)) setProblem(asProblem(error));
      },
    );
    return () => {
      leaving.abort();
    };
  }, [passage]);
  const close = (): void => {
    openPassage.set(undefined);
  };
  return (
    <Modal class="reader" label={passage.title} onClose={close}>
      <header class="reader-head">
        <div>
          <h2>{document?.title ?? passage.title}</h2>
          {document !== undefined && (
            <p class="facts">
              <span>{document.source}</span>
              <span>{m.common.languages[document.language]}</span>
              {document.date !== null && <span>{f.date(document.date)}</span>}
              {passage.position?.page !== undefined && <span>{m.common.page(passage.position.page)}</span>}
              <span>{m.reader.characters(f.number(document.characters))}</span>
            </p>
          )}
        </div>
        <button type="button" class="button button-icon" aria-label={m.common.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {problem === undefined && document === undefined && <Lines />}
      {document !== undefined && <Text text={document.text} passage={passage.position} />}
    </Modal>
  );
}

function Text({ text, passage }: { readonly text: string; readonly passage: Span | undefined }): JSX.Element {
  const m = useMessages();
  const [shown, setShown] = useState(() => windowAround(text, passage));
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' });
  }, []);
  const start = Math.max(shown.start, Math.min(passage?.start ?? shown.end, shown.end));
  const end = Math.min(shown.end, Math.max(passage?.end ?? shown.end, start));
  return (
    // A region that scrolls is reached by the keyboard.
    <div class="reader-text" tabIndex={0} role="region" aria-label={m.reader.passage}>
      {shown.start > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            setShown(widenBefore(text, shown));
          }}
        >
          {m.reader.before}
        </button>
      )}
      <div class="prose-plain">
        {text.slice(shown.start, start)}
        {passage !== undefined && (
          <mark ref={mark} class="passage">
            {text.slice(start, end)}
          </mark>
        )}
        {text.slice(end, shown.end)}
      </div>
      {shown.end < text.length && (
        <button
          type="button"
          class="button"
          onClick={() => {
            setShown(widenAfter(text, shown));
          }}
        >
          {m.reader.after}
        </button>
      )}
    </div>
  );
}

/** Where text will be. */
function Lines(): JSX.Element {
  const m = useMessages();
  return (
    <div class="skeleton" role="status" aria-label={m.common.loading}>
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}
