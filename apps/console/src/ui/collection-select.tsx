import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { listCollections } from '../api/client';
import { isAbort } from '../api/problem';
import type { Collection } from '../api/wire';
import { useMessages } from '../i18n/language';
import { createStore, useStore } from '../store';

/** What is known of the collections: undefined until it was asked. */
export const collections = createStore<readonly Collection[] | undefined>(undefined);

export async function refreshCollections(signal?: AbortSignal): Promise<void> {
  collections.set(await listCollections(signal));
}

interface Props {
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Whether nothing but the server's own choice is offered too. */
  readonly hasDefault?: boolean;
}

/** A failure to list them is told by what the page does next; the choice then has the default alone. */
export function CollectionSelect({ value, onChange, hasDefault = true }: Props): JSX.Element {
  const m = useMessages();
  const known = useStore(collections);
  useEffect(() => {
    const leaving = new AbortController();
    refreshCollections(leaving.signal).catch((error: unknown) => {
      if (!isAbort(error)) collections.set(collections.get() ?? []);
    });
    return () => {
      leaving.abort();
    };
  }, []);
  const names = (known ?? []).map(({ name }) => name);
  return (
    <label class="field">
      <span>{m.common.collection}</span>
      <select
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      >
        {hasDefault && <option value="">{m.common.defaultCollection}</option>}
        {value !== '' && !names.includes(value) && <option value={value}>{value}</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
