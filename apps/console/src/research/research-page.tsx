import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { hrefOf } from '../router';
import { CollectionSelect } from '../ui/collection-select';
import { Examples } from '../ui/examples';
import { Hero } from '../ui/hero';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { useFocusKey } from '../ui/use-focus-key';
import { go } from '../use-place';
import { ResearchView } from './research-view';
import { useResearch } from './use-research';

/** A field that is empty leaves the limit to the server. */
function positive(text: string): number | undefined {
  const value = Number(text);
  return text !== '' && Number.isInteger(value) && value >= 1 ? value : undefined;
}

export function ResearchPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const m = useMessages();
  const collection = query.get('collection') ?? '';
  const [text, setText] = useState(query.get('q') ?? '');
  const [seconds, setSeconds] = useState('');
  const [searches, setSearches] = useState('');
  const { progress, state, problem, start, stop } = useResearch();
  const field = useRef<HTMLInputElement>(null);
  useFocusKey(field);

  const begin = (question: string): void => {
    if (question === '') return;
    setText(question);
    go(hrefOf('research', { q: question, collection }));
    start({ question, collection, maxSeconds: positive(seconds), maxSearches: positive(searches) });
  };
  const isRunning = state === 'running';
  return (
    <section class="page">
      {progress === undefined ? (
        <Hero title={m.research.emptyTitle} detail={m.research.emptyDetail} />
      ) : (
        <h1 class="unseen">{m.research.title}</h1>
      )}
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault();
          begin(text.trim());
        }}
      >
        <Icon name="research" />
        <input
          ref={field}
          aria-label={m.research.label}
          placeholder={m.research.placeholder}
          autocomplete="off"
          maxLength={2000}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        {isRunning ? (
          <button type="button" class="button" onClick={stop}>
            <Icon name="stop" />
            {m.common.stop}
          </button>
        ) : (
          <button type="submit" class="button button-main" disabled={text.trim() === ''}>
            {m.research.start}
          </button>
        )}
      </form>
      <div class="row row-choices row-fields">
        <CollectionSelect
          value={collection}
          onChange={(name) => {
            go(hrefOf('research', { q: text.trim(), collection: name }));
          }}
        />
        <fieldset class="field budget">
          <legend>{m.research.budget}</legend>
          <NumberField label={m.research.seconds} value={seconds} max={86_400} onInput={setSeconds} />
          <NumberField label={m.research.searches} value={searches} max={10_000} onInput={setSearches} />
        </fieldset>
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {progress === undefined ? (
        <Examples texts={m.research.examples} onChoose={begin} />
      ) : (
        <ResearchView
          progress={progress}
          isRunning={isRunning}
          isStopped={state === 'stopped'}
          collection={collection}
        />
      )}
    </section>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly max: number;
  readonly onInput: (value: string) => void;
}

function NumberField({ label, value, max, onInput }: NumberFieldProps): JSX.Element {
  return (
    <label>
      <input
        type="number"
        min={1}
        max={max}
        step={1}
        placeholder="–"
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
      <span>{label}</span>
    </label>
  );
}
