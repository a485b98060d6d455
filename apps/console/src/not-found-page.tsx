import type { JSX } from 'preact';

import { useMessages } from './i18n/language';
import { hrefOf } from './router';
import { Hero } from './ui/hero';

export function NotFoundPage(): JSX.Element {
  const m = useMessages();
  return (
    <section class="page">
      <Hero title={m.notFound.title} detail={m.notFound.detail} />
      <div class="row row-center">
        <a class="button button-main" href={hrefOf('search')}>
          {m.notFound.home}
        </a>
      </div>
    </section>
  );
}
