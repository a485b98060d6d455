import { createStore } from './store';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const place = 'acervo.theme';
const kept = localStorage.getItem(place);

export const theme = createStore<Theme>(themes.find((one) => one === kept) ?? 'system');

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(place, chosen);
  theme.set(chosen);
  applyTheme();
}

/** The style sheet follows the system unless the attribute says otherwise. */
export function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (theme.get() === 'system') delete dataset['theme'];
  else dataset['theme'] = theme.get();
}
