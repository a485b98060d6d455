import type { JSX } from 'preact';

import { forgetKey, key } from './api/key';
import { chooseLanguage, language, useMessages } from './i18n/language';
import { languages } from './i18n/preferred-language';
import { hrefOf, pages, type PageName } from './router';
import { useStore } from './store';
import { chooseTheme, theme, themes } from './theme';
import { Icon } from './ui/icon';

/** Name, pages, and what is chosen once. */
export function Header({ page }: { readonly page: PageName | undefined }): JSX.Element {
  const m = useMessages();
  const current = useStore(language);
  const currentTheme = useStore(theme);
  const hasKey = useStore(key) !== undefined;
  return (
    <header class="top">
      <a class="brand" href={hrefOf('search')}>
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M6 6h6v20H6zM14 6h6v20h-6z" />
          <path class="brand-leaning" d="m22 7.2 5-1.3 4.6 18.2-5 1.3z" />
        </svg>
        Acervo
      </a>
      <nav aria-label={m.nav.pages}>
        <ul class="tabs">
          {pages.map((name) => (
            <li key={name}>
              <a href={hrefOf(name)} {...(name === page && { 'aria-current': 'page' as const })}>
                <Icon name={name} />
                <span>{m.nav[name]}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="choices">
        {hasKey && (
          <button
            type="button"
            class="button button-icon"
            title={m.nav.forgetKey}
            aria-label={m.nav.forgetKey}
            onClick={forgetKey}
          >
            <Icon name="key" />
          </button>
        )}
        <select
          aria-label={m.nav.theme}
          value={currentTheme}
          onChange={(event) => {
            const { value } = event.currentTarget;
            chooseTheme(themes.find((one) => one === value) ?? 'system');
          }}
        >
          {themes.map((one) => (
            <option key={one} value={one}>
              {m.nav.themes[one]}
            </option>
          ))}
        </select>
        <div class="segments" role="group" aria-label={m.nav.language}>
          {languages.map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              aria-pressed={one === current}
              onClick={() => {
                chooseLanguage(one);
              }}
            >
              {one.toUpperCase()}
            </button>
          ))}
        </div>
      </div>
    </header>
  );
}
