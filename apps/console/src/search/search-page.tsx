import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { useMessages } from '../i18n/language';
import { hrefOf } from '../router';
import { DegradedNotice } from '../ui/degraded-notice';
import { EmptyState } from '../ui/empty-state';
import { Examples } from '../ui/examples';
import { Hero } from '../ui/hero';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { useFocusKey } from '../ui/use-focus-key';
import { go } from '../use-place';
import { AnswerSummary } from './answer-summary';
import { FilterPanel } from './filter-panel';
import { ResultCard } from './result-card';
import { countFilters, hasMore, modes, parseChoices, toQuery, type SearchChoices } from './search-choices';
import { useSearch, type Searching } from './use-search';
import { walkResults } from './walk-results';

export function SearchPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const m = useMessages();
  const choices = parseChoices(query);
  const searching = useSearch(query.toString());
  const [text, setText] = useState(choices.query);
  const [hasFilters, setHasFilters] = useState(countFilters(choices) > 0);
  const field = useRef<HTMLInputElement>(null);
  useFocusKey(field);
  // Going back in the history brings the question of that time.
  useEffect(() => {
    setText(choices.query);
  }, [choices.query]);

  const ask = (next: SearchChoices): void => {
    go(hrefOf('search', toQuery(next)));
  };
  const filters = countFilters(choices);
  return (
    <section class="page" onKeyDown={walkResults}>
      {choices.query === '' ? (
        <Hero title={m.search.emptyTitle} detail={m.search.emptyDetail} />
      ) : (
        <h1 class="unseen">{m.search.title}</h1>
      )}
      <form
        class="ask"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const asked = text.trim();
          if (asked !== '' && asked === choices.query) searching.again();
          else ask({ ...choices, query: asked });
        }}
      >
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          name="q"
          data-walk="field"
          aria-label={m.search.label}
          placeholder={m.search.placeholder}
          autocomplete="off"
          maxLength={2000}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        <button type="submit" class="button button-main">
          {m.search.submit}
        </button>
      </form>
      <div class="row row-choices">
        <div class="segments" role="group" aria-label={m.search.mode}>
          {modes.map((mode) => (
            <button
              key={mode}
              type="button"
              aria-pressed={mode === choices.mode}
              onClick={() => {
                ask({ ...choices, query: text.trim(), mode });
              }}
            >
              {m.search.modes[mode]}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="button"
          aria-expanded={hasFilters}
          aria-controls="filters"
          onClick={() => {
            setHasFilters(!hasFilters);
          }}
        >
          <Icon name="filter" />
          {filters === 0 ? m.search.filters : m.search.activeFilters(filters)}
        </button>
        <span class="quiet hint">{m.search.hint}</span>
      </div>
      {hasFilters && (
        <FilterPanel
          choices={choices}
          onChange={(next) => {
            ask({ ...next, query: text.trim() });
          }}
        />
      )}
      {choices.query === '' ? (
        <Examples
          texts={m.search.exampleQueries}
          onChoose={(example) => {
            ask({ ...choices, query: example });
          }}
        />
      ) : (
        <Results searching={searching} collection={choices.collection} />
      )}
    </section>
  );
}

interface ResultsProps {
  readonly searching: Searching;
  readonly collection: string;
}

function Results({ searching: { found, problem, isBusy, more, again }, collection }: ResultsProps): JSX.Element {
  const m = useMessages();
  if (problem !== undefined) return <ProblemNotice problem={problem} onRetry={again} />;
  if (found === undefined) return <Waiting />;
  const { answer, headers } = found;
  return (
    <div class={isBusy ? 'is-busy' : ''} aria-busy={isBusy}>
      <AnswerSummary answer={answer} headers={headers} />
      <DegradedNotice reasons={answer.degraded} />
      {answer.results.length === 0 ? (
        <EmptyState
          icon="book"
          title={m.search.nothingTitle}
          detail={answer.generation === 0 ? m.search.nothingIndexed : m.search.nothingDetail}
        >
          {answer.generation === 0 && (
            <a class="button button-main" href={hrefOf('documents', { collection })}>
              {m.search.addDocuments}
            </a>
          )}
        </EmptyState>
      ) : (
        <ol class="results">
          {answer.results.map((result) => (
            <ResultCard key={result.id} result={result} collection={answer.collection} />
          ))}
        </ol>
      )}
      {hasMore(answer.results.length) && (
        <div class="row row-center">
          <button type="button" class="button" disabled={isBusy} onClick={more}>
            {isBusy ? m.common.loading : m.search.moreResults}
          </button>
        </div>
      )}
    </div>
  );
}

function Waiting(): JSX.Element {
  const m = useMessages();
  return (
    <div class="skeleton skeleton-cards" role="status" aria-label={m.common.loading}>
      <i />
      <i />
      <i />
    </div>
  );
}
