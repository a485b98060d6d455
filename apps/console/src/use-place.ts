import { useEffect, useState } from 'preact/hooks';

import { parsePlace, type Place } from './router';

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parsePlace(location.hash));
  useEffect(() => {
    const onChange = (): void => {
      setPlace(parsePlace(location.hash));
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return place;
}

/** A new entry of the history, unless the place is the same. */
export function go(href: string): void {
  if (location.pathname + location.hash !== href) location.assign(href);
}

/** The same entry of the history under another address. */
export function rename(href: string): void {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
