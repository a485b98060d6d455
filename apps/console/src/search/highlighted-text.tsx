import type { JSX } from 'preact';

import type { Span } from '../api/wire';

interface Props {
  readonly text: string;
  /** In order, without overlap. */
  readonly spans: readonly Span[];
}

export function HighlightedText({ text, spans }: Props): JSX.Element {
  const parts: (JSX.Element | string)[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start < at) continue;
    parts.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>);
    at = end;
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
