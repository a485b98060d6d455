import type { JSX } from 'preact';

import { useMessages } from '../i18n/language';
import { useStore } from '../store';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { cancel, clearEnded, intake, isUnderWay, type IntakeItem } from './intake';

/** Uploads and jobs that began in this tab. */
export function IntakeList(): JSX.Element | null {
  const m = useMessages();
  const items = useStore(intake);
  if (items.length === 0) return null;
  return (
    <section class="intake">
      <div class="paper-head">
        <h2>{m.documents.jobs}</h2>
        {!items.every(isUnderWay) && (
          <button type="button" class="button button-small" onClick={clearEnded}>
            {m.documents.clearJobs}
          </button>
        )}
      </div>
      <ul>
        {items.map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Item({ item }: { readonly item: IntakeItem }): JSX.Element {
  const m = useMessages();
  const isWorking = isUnderWay(item);
  return (
    <li class={`intake-item is-${item.state}`}>
      <span class="intake-name">{item.name}</span>
      {isWorking && (
        <progress
          aria-label={item.name}
          max={1}
          {...((item.state !== 'queued' || item.share > 0) && { value: item.share })}
        />
      )}
      <span class={`badge badge-${item.state}`} role="status">
        {m.documents.states[item.state]}
      </span>
      {isWorking && (
        <button
          type="button"
          class="button button-icon"
          aria-label={m.documents.cancelJob(item.name)}
          onClick={() => void cancel(item)}
        >
          <Icon name="close" />
        </button>
      )}
      {item.problem !== undefined && <ProblemNotice problem={item.problem} />}
    </li>
  );
}
