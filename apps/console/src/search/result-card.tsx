import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { SearchResult } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { openPassage } from '../reader/open-passage';
import { HighlightedText } from './highlighted-text';
import { WhyPanel } from './why-panel';

interface Props {
  readonly result: SearchResult;
  /** That it was found in. */
  readonly collection: string;
}

export function ResultCard({ result, collection }: Props): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const [isExplained, setIsExplained] = useState(false);
  const open = (): void => {
    const { document_id: documentId, title, position } = result;
    openPassage.set({ documentId, collection, title, position });
  };
  // The first heading of a page is mostly its title again.
  const headings = result.headings.filter((heading) => heading !== result.title);
  return (
    <li class="card">
      <div class="card-head">
        <h2>
          <button type="button" class="link-title" data-walk="result" title={m.common.openDocument} onClick={open}>
            {result.title}
          </button>
        </h2>
        <span class="score" title={m.search.relevance}>
          <meter min={0} max={1} value={result.score} aria-label={m.search.relevance} />
          {f.percent(result.score)}
        </span>
      </div>
      {headings.length > 0 && <p class="crumbs">{headings.join(' › ')}</p>}
      <p class="passage-text">
        <HighlightedText text={result.text} spans={result.highlights ?? []} />
      </p>
      <div class="card-foot">
        <p class="facts">
          <span>{result.source}</span>
          <span>{result.doc_type}</span>
          <span>{m.common.languages[result.language]}</span>
          {result.date !== null && <span>{f.date(result.date)}</span>}
          {result.position.page !== undefined && <span>{m.common.page(result.position.page)}</span>}
        </p>
        <button
          type="button"
          class="button button-small"
          aria-expanded={isExplained}
          onClick={() => {
            setIsExplained(!isExplained);
          }}
        >
          {m.search.why}
        </button>
      </div>
      {isExplained && <WhyPanel result={result} />}
    </li>
  );
}
