import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { ChatPage } from './chat/chat-page';
import { DashboardPage } from './dashboard/dashboard-page';
import { DocumentsPage } from './documents/documents-page';
import { Header } from './header';
import { language, LanguageContext, useMessages } from './i18n/language';
import { NotFoundPage } from './not-found-page';
import { Reader } from './reader/reader';
import { ResearchPage } from './research/research-page';
import type { Place } from './router';
import { SearchPage } from './search/search-page';
import { useStore } from './store';
import { Boundary } from './ui/boundary';
import { KeyDialog } from './ui/key-dialog';
import { usePlace } from './use-place';

export function App(): JSX.Element {
  const current = useStore(language);
  useEffect(() => {
    document.documentElement.lang = current === 'pt' ? 'pt-BR' : 'en';
  }, [current]);
  return (
    <LanguageContext.Provider value={current}>
      <Shell />
    </LanguageContext.Provider>
  );
}

function Shell(): JSX.Element {
  const m = useMessages();
  const place = usePlace();
  const content = useRef<HTMLElement>(null);
  // The server answers unknown addresses with this page too.
  const page = location.pathname === '/' ? place.page : undefined;
  useEffect(() => {
    document.title = `${page === undefined ? m.notFound.title : m.nav[page]} · Acervo`;
  }, [page, m]);
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          content.current?.focus();
        }}
      >
        {m.nav.skip}
      </a>
      <Header page={page} />
      <main ref={content} id="content" tabIndex={-1}>
        <Boundary key={page} title={m.problem.crashed} retry={m.common.retry}>
          <Page page={page} query={place.query} />
        </Boundary>
      </main>
      <footer class="foot">
        <a href="/docs">{m.nav.reference}</a>
      </footer>
      <Reader />
      <KeyDialog />
    </>
  );
}

function Page({ page, query }: Place): JSX.Element {
  switch (page) {
    case 'search':
      return <SearchPage query={query} />;
    case 'chat':
      return <ChatPage query={query} />;
    case 'research':
      return <ResearchPage query={query} />;
    case 'documents':
      return <DocumentsPage query={query} />;
    case 'dashboard':
      return <DashboardPage />;
    default:
      return <NotFoundPage />;
  }
}
