import type { JSX } from 'preact';

import { useMessages } from '../i18n/language';

/** What an answer had to leave out: never silently. */
export function DegradedNotice({ reasons }: { readonly reasons: readonly string[] }): JSX.Element | null {
  const words: Readonly<Record<string, string>> = useMessages().common.degraded;
  if (reasons.length === 0) return null;
  return (
    <div class="notice notice-degraded" role="status">
      {reasons.map((reason) => (
        <p key={reason}>{words[reason] ?? reason}</p>
      ))}
    </div>
  );
}
