import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { addPasted } from './intake';

interface Props {
  readonly collection: string;
  readonly onDone: () => void;
}

export function PasteForm({ collection, onDone }: Props): JSX.Element {
  const m = useMessages();
  const [title, setTitle] = useState('');
  const [source, setSource] = useState('');
  const [text, setText] = useState('');
  return (
    <form
      class="paste stack"
      onSubmit={(event) => {
        event.preventDefault();
        addPasted({ title: title.trim(), text, source: source.trim() }, collection);
        onDone();
      }}
    >
      <div class="row row-fields">
        <label class="field">
          <span>{m.documents.pasteTitle}</span>
          <input
            required
            maxLength={1000}
            value={title}
            onInput={(event) => {
              setTitle(event.currentTarget.value);
            }}
          />
        </label>
        <label class="field">
          <span>{m.documents.pasteSource}</span>
          <input
            maxLength={1000}
            value={source}
            onInput={(event) => {
              setSource(event.currentTarget.value);
            }}
          />
        </label>
      </div>
      <label class="field">
        <span>{m.documents.pasteText}</span>
        <textarea
          required
          rows={8}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      </label>
      <div class="row row-end">
        <button type="button" class="button" onClick={onDone}>
          {m.common.cancel}
        </button>
        <button type="submit" class="button button-main">
          {m.documents.add}
        </button>
      </div>
    </form>
  );
}
