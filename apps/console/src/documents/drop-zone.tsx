import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { Icon } from '../ui/icon';

interface Props {
  readonly onFiles: (files: readonly File[]) => void;
  readonly isPasting: boolean;
  readonly onPaste: () => void;
}

const accepted = '.md,.markdown,.txt,.html,.htm,.pdf,.docx,.csv,.json,.jsonl';

export function DropZone({ onFiles, isPasting, onPaste }: Props): JSX.Element {
  const m = useMessages();
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  return (
    <div
      class={`drop ${isOver ? 'is-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Icon name="upload" />
      <div>
        <strong>{m.documents.dropTitle}</strong>
        <p class="quiet">{m.documents.dropDetail}</p>
      </div>
      <div class="row">
        <button type="button" class="button button-main" onClick={() => picker.current?.click()}>
          {m.documents.choose}
        </button>
        <button type="button" class="button" aria-expanded={isPasting} onClick={onPaste}>
          {m.documents.paste}
        </button>
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        accept={accepted}
        aria-label={m.documents.choose}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
