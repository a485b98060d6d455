import type { JSX } from 'preact';

import { useMessages } from '../i18n/language';

interface Props {
  readonly texts: readonly string[];
  readonly onChoose: (text: string) => void;
}

/** Questions to begin with. */
export function Examples({ texts, onChoose }: Props): JSX.Element {
  const m = useMessages();
  return (
    <div class="examples">
      <span class="quiet">{m.search.examples}</span>
      {texts.map((text) => (
        <button
          key={text}
          type="button"
          class="chip"
          onClick={() => {
            onChoose(text);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
