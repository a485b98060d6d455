import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { CollectionSelect } from '../ui/collection-select';
import { countFilters, docTypes, documentLanguages, withoutFilters, type SearchChoices } from './search-choices';

interface Props {
  readonly choices: SearchChoices;
  readonly onChange: (choices: SearchChoices) => void;
}

/** Every choice takes effect at once; what is typed, when it is done. */
export function FilterPanel({ choices, onChange }: Props): JSX.Element {
  const m = useMessages();
  const [source, setSource] = useState(choices.source);
  useEffect(() => {
    setSource(choices.source);
  }, [choices.source]);
  return (
    <div class="filters" id="filters">
      <CollectionSelect
        value={choices.collection}
        onChange={(collection) => {
          onChange({ ...choices, collection });
        }}
      />
      <label class="field">
        <span>{m.search.language}</span>
        <select
          value={choices.language}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange({ ...choices, language: documentLanguages.find((one) => one === value) ?? '' });
          }}
        >
          <option value="">{m.search.anyLanguage}</option>
          {documentLanguages.map((one) => (
            <option key={one} value={one}>
              {m.common.languages[one]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{m.search.source}</span>
        <input
          value={source}
          placeholder="docs/pt/"
          maxLength={1024}
          onInput={(event) => {
            setSource(event.currentTarget.value);
          }}
          onChange={() => {
            onChange({ ...choices, source: source.trim() });
          }}
        />
      </label>
      <label class="field">
        <span>{m.search.from}</span>
        <input
          type="date"
          value={choices.from}
          onChange={(event) => {
            onChange({ ...choices, from: event.currentTarget.value });
          }}
        />
      </label>
      <label class="field">
        <span>{m.search.to}</span>
        <input
          type="date"
          value={choices.to}
          onChange={(event) => {
            onChange({ ...choices, to: event.currentTarget.value });
          }}
        />
      </label>
      <fieldset class="field field-wide">
        <legend>{m.search.docType}</legend>
        <div class="row">
          {docTypes.map((type) => (
            <button
              key={type}
              type="button"
              class="chip"
              aria-pressed={choices.docTypes.includes(type)}
              onClick={() => {
                const others = choices.docTypes.filter((one) => one !== type);
                onChange({
                  ...choices,
                  docTypes: others.length < choices.docTypes.length ? others : [...others, type],
                });
              }}
            >
              {type}
            </button>
          ))}
        </div>
      </fieldset>
      <div class="row field-wide">
        <label class="check">
          <input
            type="checkbox"
            checked={choices.isGrouped}
            onChange={(event) => {
              onChange({ ...choices, isGrouped: event.currentTarget.checked });
            }}
          />
          {m.search.group}
        </label>
        {countFilters(choices) > 0 && (
          <button
            type="button"
            class="button"
            onClick={() => {
              onChange(withoutFilters(choices));
            }}
          >
            {m.search.clearFilters}
          </button>
        )}
      </div>
    </div>
  );
}
