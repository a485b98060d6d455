import type { ComponentChildren, JSX } from 'preact';

import { Icon, type IconName } from './icon';

interface Props {
  readonly icon: IconName;
  readonly title: string;
  readonly detail: string;
  readonly children?: ComponentChildren;
}

/** What a page says before there is anything on it. */
export function EmptyState({ icon, title, detail, children }: Props): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-mark">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{detail}</p>
      {children}
    </div>
  );
}
