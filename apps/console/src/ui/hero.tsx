import type { JSX } from 'preact';

/** What a page is for, before anything was asked. */
export function Hero({ title, detail }: { readonly title: string; readonly detail: string }): JSX.Element {
  return (
    <div class="hero">
      <h1>{title}</h1>
      <p>{detail}</p>
    </div>
  );
}
