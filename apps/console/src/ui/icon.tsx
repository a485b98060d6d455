import type { JSX } from 'preact';

/** Strokes on a grid of 24. */
const paths = {
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4.5 4.5',
  chat: 'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-5 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z',
  research: 'M9 3h6M10 3v6l-5.2 8.6A2 2 0 0 0 6.5 21h11a2 2 0 0 0 1.7-3.4L14 9V3M7.5 15h9',
  documents: 'M7 3h7l4 4v13a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm7 0v4h4M9 12h6M9 16h6',
  dashboard: 'M4 20V10M10 20V4M16 20v-7M21 20H3',
  close: 'm6 6 12 12M18 6 6 18',
  stop: 'M7 7h10v10H7z',
  send: 'M5 12h13M12 5l7 7-7 7',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  upload: 'M12 16V5M7 10l5-5 5 5M5 20h14',
  filter: 'M4 6h16M7 12h10M10 18h4',
  book: 'M5 4h6a1 1 0 0 1 1 1v15a2 2 0 0 0-2-1H5zM19 4h-6a1 1 0 0 0-1 1v15a2 2 0 0 1 2-1h5z',
  key: 'M15 4a5 5 0 1 0-4.6 7L4 17.5V20h3v-2h2v-2h2l1.5-1.6A5 5 0 0 0 15 4Z',
  check: 'm5 13 4 4L19 7',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: what it stands for is said in words beside it, or by the label of its button. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
