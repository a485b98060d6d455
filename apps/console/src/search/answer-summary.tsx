import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { parseCacheStatus, parseServerTiming, type CacheState, type Stage } from '../api/answer-facts';
import type { AnswerHeaders } from '../api/client';
import type { SearchAnswer } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import type { Messages } from '../i18n/messages';

interface Props {
  readonly answer: SearchAnswer;
  readonly headers: AnswerHeaders;
}

/** How many, how fast, and from where: computed or kept. */
export function AnswerSummary({ answer, headers }: Props): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const [isOpen, setIsOpen] = useState(false);
  const stages = parseServerTiming(headers.serverTiming);
  const total = stages.find(({ name }) => name === 'total');
  const cache = parseCacheStatus(headers.cacheStatus);
  return (
    <div class="summary">
      <div class="summary-line" role="status">
        <strong>{m.search.found(answer.results.length)}</strong>
        {total !== undefined && <span>{f.duration(total.ms / 1_000)}</span>}
        {cache !== undefined && (
          <span class={`badge badge-${cache.kind}`}>
            {cacheWords(cache, m)}
            {cache.ttlSeconds !== undefined && cache.ttlSeconds > 0 && (
              <> · {m.search.fresh(f.duration(cache.ttlSeconds))}</>
            )}
          </span>
        )}
        <span class="quiet">
          {answer.collection} · {m.search.generation(answer.generation)}
        </span>
        <button
          type="button"
          class="button button-small"
          aria-expanded={isOpen}
          onClick={() => {
            setIsOpen(!isOpen);
          }}
        >
          {m.search.stagesTitle}
        </button>
      </div>
      {isOpen && <Stages stages={stages} />}
    </div>
  );
}

function Stages({ stages }: { readonly stages: readonly Stage[] }): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const words: Readonly<Record<string, string>> = m.search.stages;
  const longest = Math.max(...stages.map(({ ms }) => ms), Number.MIN_VALUE);
  const isReady = stages.every(({ name }) => name === 'total');
  return (
    <div class="stages">
      <dl>
        {stages.map(({ name, ms }) => (
          <div key={name} class={`stage stage-${name}`}>
            <dt>{words[name] ?? name}</dt>
            <dd>
              <span class="stage-bar">
                <i style={{ width: `${((100 * ms) / longest).toFixed(1)}%` }} />
              </span>
              <span class="stage-time">{f.duration(ms / 1_000)}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{isReady ? m.search.nothingComputed : m.search.overlap}</p>
    </div>
  );
}

function cacheWords({ kind, tier }: CacheState, m: Messages): string {
  return kind === 'hit' ? m.search.cache.hit(tier ?? '') : m.search.cache[kind];
}
