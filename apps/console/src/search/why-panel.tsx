import type { JSX } from 'preact';

import type { SearchResult, Side } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';

/** The way of a passage to its place: where each side put it, what both gave together, what that means. */
export function WhyPanel({ result }: { readonly result: SearchResult }): JSX.Element | null {
  const m = useMessages();
  const f = useFormats();
  const { explain } = result;
  if (explain === undefined) return null;
  return (
    <dl class="why">
      {explain.vector !== undefined && (
        <SideStep title={m.search.byMeaning} side={explain.vector} unit={m.search.cosine} />
      )}
      {explain.lexical !== undefined && (
        <SideStep title={m.search.byWords} side={explain.lexical} unit={m.search.bm25} />
      )}
      <div class="why-step">
        <dt>{m.search.fused}</dt>
        <dd>
          <b>{f.number(explain.fused, 3)}</b>
          <span>{m.search.place(result.rank)}</span>
        </dd>
      </div>
      <div class="why-step why-end">
        <dt>{m.search.finalScore}</dt>
        <dd>
          <b>{f.percent(result.score, 1)}</b>
        </dd>
      </div>
    </dl>
  );
}

function SideStep({
  title,
  side,
  unit,
}: {
  readonly title: string;
  readonly side: Side;
  readonly unit: string;
}): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  return (
    <div class={`why-step ${side.rank === null ? 'why-absent' : ''}`}>
      <dt>{title}</dt>
      <dd>
        <b>{side.rank === null ? '–' : f.number(side.score, 2)}</b>
        <span>{side.rank === null ? m.search.notListed : `${unit} · ${m.search.place(side.rank)}`}</span>
      </dd>
    </div>
  );
}
