import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { createStore } from '../store';
import type { Messages } from './messages';
import { en } from './messages.en';
import { pt } from './messages.pt';
import { preferredLanguage, type Language } from './preferred-language';

const place = 'acervo.language';
const catalogue: Readonly<Record<Language, Messages>> = { en, pt };

export const language = createStore<Language>(preferredLanguage(localStorage.getItem(place), navigator.languages));

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(place, chosen);
  language.set(chosen);
}

export const LanguageContext = createContext<Language>('en');

export function useMessages(): Messages {
  return catalogue[useContext(LanguageContext)];
}
