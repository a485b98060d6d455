import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { createCollection } from '../api/client';
import { asProblem, type Problem } from '../api/problem';
import { useMessages } from '../i18n/language';
import { refreshCollections } from '../ui/collection-select';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemNotice } from '../ui/problem-notice';

export function NewCollection({ onCreated }: { readonly onCreated: (name: string) => void }): JSX.Element {
  const m = useMessages();
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const close = (): void => {
    setIsOpen(false);
    setProblem(undefined);
    setName('');
  };
  const create = async (): Promise<void> => {
    try {
      const made = await createCollection(name.trim());
      await refreshCollections();
      close();
      onCreated(made.name);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        <Icon name="plus" />
        {m.documents.newCollection}
      </button>
      {isOpen && (
        <Modal label={m.documents.newCollection} onClose={close}>
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void create();
            }}
          >
            <h2>{m.documents.newCollection}</h2>
            <label class="field">
              <span>{m.documents.newCollectionName}</span>
              <input
                required
                pattern="[A-Za-z0-9][A-Za-z0-9_\-]*"
                maxLength={63}
                value={name}
                onInput={(event) => {
                  setName(event.currentTarget.value);
                }}
              />
            </label>
            {problem !== undefined && <ProblemNotice problem={problem} />}
            <div class="row row-end">
              <button type="button" class="button" onClick={close}>
                {m.common.cancel}
              </button>
              <button type="submit" class="button button-main">
                {m.documents.create}
              </button>
            </div>
          </form>
        </Modal>
      )}
    </>
  );
}
