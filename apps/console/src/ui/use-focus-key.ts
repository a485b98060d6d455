import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** `/` leads to the field of a page, unless somebody is writing elsewhere. */
export function useFocusKey(field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      const { activeElement } = document;
      if (activeElement instanceof HTMLElement && activeElement.matches('input, textarea, select, dialog *')) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, [field]);
}
