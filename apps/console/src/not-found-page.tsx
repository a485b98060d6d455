import type { JSX } from 'preact';

import { useMessages } from './i18n/language';
import { EmptyState } from './ui/empty-state';

export function NotFoundPage(): JSX.Element {
  const m = useMessages();
  return (
    <section class="page">
      <EmptyState icon="book" title={m.notFound.title} detail={m.notFound.detail}>
        <a class="button button-main" href="/#/search">
          {m.notFound.home}
        </a>
      </EmptyState>
    </section>
  );
}
