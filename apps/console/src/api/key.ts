/**
 * The API key, where the server asks for one: kept as long as the tab, sent as Bearer. Requests that meet 401 while the
 * dialog is open share it.
 */
import { createStore } from '../store';

const place = 'acervo.key';

export const key = createStore<string | undefined>(sessionStorage.getItem(place) ?? undefined);
/** `again`: the server refused the key that was there. */
export const keyQuestion = createStore<'first' | 'again' | undefined>(undefined);

let asking: Promise<boolean> | undefined;
let settle: ((isGiven: boolean) => void) | undefined;

export function keyHeader(): Record<string, string> {
  const current = key.get();
  return current === undefined ? {} : { Authorization: `Bearer ${current}` };
}

/** Resolves to whether a key was given. */
export function askForKey(): Promise<boolean> {
  if (asking !== undefined) return asking;
  asking = new Promise((resolve) => (settle = resolve));
  keyQuestion.set(key.get() === undefined ? 'first' : 'again');
  return asking;
}

/** @param given undefined: the question was sent away */
export function answerKeyQuestion(given: string | undefined): void {
  if (given !== undefined) {
    sessionStorage.setItem(place, given);
    key.set(given);
  }
  asking = undefined;
  keyQuestion.set(undefined);
  settle?.(given !== undefined);
}

export function forgetKey(): void {
  sessionStorage.removeItem(place);
  key.set(undefined);
}
