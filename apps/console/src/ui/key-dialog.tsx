import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { answerKeyQuestion, keyQuestion } from '../api/key';
import { useMessages } from '../i18n/language';
import { useStore } from '../store';
import { Modal } from './modal';

/** Comes when the server says 401; everything that waits for it goes on with the key. */
export function KeyDialog(): JSX.Element | null {
  const m = useMessages();
  const question = useStore(keyQuestion);
  const [text, setText] = useState('');
  if (question === undefined) return null;
  return (
    <Modal
      label={m.key.title}
      onClose={() => {
        answerKeyQuestion(undefined);
      }}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const given = text.trim();
          if (given === '') return;
          setText('');
          answerKeyQuestion(given);
        }}
      >
        <h2>{m.key.title}</h2>
        <p>{question === 'first' ? m.key.first : m.key.again}</p>
        <label class="field">
          <span>{m.key.label}</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value);
            }}
          />
        </label>
        <p class="quiet">{m.key.hint}</p>
        <div class="row row-end">
          <button
            type="button"
            class="button"
            onClick={() => {
              answerKeyQuestion(undefined);
            }}
          >
            {m.common.cancel}
          </button>
          <button type="submit" class="button button-main">
            {m.key.use}
          </button>
        </div>
      </form>
    </Modal>
  );
}
