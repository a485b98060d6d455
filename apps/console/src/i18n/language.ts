import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { createStore } from '../store';
import type { Messages } from './messages';
import { en } from './messages.en';
import { pt } from './messages.pt';

export const languages = ['pt', 'en'] as const;
export type Language = (typeof languages)[number];
const place = 'acervo.language';
const catalogue: Readonly<Record<Language, Messages>> = { en, pt };

/** The first language of the browser that is spoken here, unless another was chosen. */
export function preferredLanguage(chosen: string | null, wanted: readonly string[]): Language {
  const known = [chosen ?? '', ...wanted].map((tag) => tag.toLowerCase().split('-')[0]);
  for (const tag of known) for (const language of languages) if (tag === language) return language;
  return 'en';
}

export const language = createStore<Language>(preferredLanguage(localStorage.getItem(place), navigator.languages));

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(place, chosen);
  language.set(chosen);
}

export const LanguageContext = createContext<Language>('en');

export function useMessages(): Messages {
  return catalogue[useContext(LanguageContext)];
}
