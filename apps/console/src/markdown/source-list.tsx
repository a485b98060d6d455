import type { JSX } from 'preact';

import type { Citation } from '../api/wire';
import { useMessages } from '../i18n/language';

interface Props {
  readonly citations: readonly Citation[];
  readonly onCite: (citation: Citation) => void;
}

/** The passages that an answer rests on, each to be opened in its document. */
export function SourceList({ citations, onCite }: Props): JSX.Element | null {
  const m = useMessages();
  if (citations.length === 0) return null;
  return (
    <section class="sources">
      <h3>{m.chat.sources}</h3>
      <ol>
        {citations.map((citation) => (
          <li key={citation.index}>
            <button
              type="button"
              class="source"
              onClick={() => {
                onCite(citation);
              }}
            >
              <span class="source-number">{citation.index}</span>
              <span class="source-body">
                <span class="source-title">{citation.title}</span>
                <span class="source-quote">{citation.quote}</span>
                <span class="quiet">
                  {citation.source}
                  {citation.position.page !== undefined && ` · ${m.common.page(citation.position.page)}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
