import type { JSX, RefObject } from 'preact';
import { useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { Icon } from '../ui/icon';

interface Props {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly isBusy: boolean;
  readonly onSend: (question: string) => void;
  readonly onStop: () => void;
}

/** Enter sends, Shift and Enter begins a line. While an answer comes, the button stops it. */
export function Composer({ field, isBusy, onSend, onStop }: Props): JSX.Element {
  const m = useMessages();
  const [text, setText] = useState('');
  const send = (): void => {
    const question = text.trim();
    if (question === '' || isBusy) return;
    setText('');
    onSend(question);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={2}
        maxLength={8000}
        aria-label={m.chat.label}
        placeholder={m.chat.placeholder}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {isBusy ? (
        <button type="button" class="button" onClick={onStop}>
          <Icon name="stop" />
          {m.common.stop}
        </button>
      ) : (
        <button type="submit" class="button button-main" disabled={text.trim() === ''}>
          <Icon name="send" />
          {m.chat.send}
        </button>
      )}
    </form>
  );
}
