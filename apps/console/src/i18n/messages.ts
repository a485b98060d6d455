import type { en } from './messages.en';

type Words<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : Words<T[K]>;
};

/** Every text of the page; both languages have the same keys. */
export type Messages = Words<typeof en>;
