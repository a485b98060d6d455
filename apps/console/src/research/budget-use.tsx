import type { JSX } from 'preact';

import type { Budget } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import type { Progress } from './progress';

interface Props {
  readonly budget: Budget;
  readonly progress: Progress;
}

/** While it runs only the searches are known. */
export function BudgetUse({ budget, progress: { answer, steps } }: Props): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const used = answer?.budget_used;
  const searches = used?.searches ?? steps.length;
  return (
    <section class="budget-use">
      <h3>{m.research.used}</h3>
      <Use
        label={m.research.usedSearches(f.number(searches), f.number(budget.max_searches))}
        share={searches / budget.max_searches}
      />
      {used !== undefined && (
        <>
          <Use
            label={m.research.usedSeconds(f.number(used.seconds, 1), f.number(budget.max_seconds))}
            share={used.seconds / budget.max_seconds}
          />
          <Use
            label={m.research.usedTokens(f.number(used.tokens), f.number(budget.max_tokens))}
            share={used.tokens / budget.max_tokens}
          />
        </>
      )}
    </section>
  );
}

function Use({ label, share }: { readonly label: string; readonly share: number }): JSX.Element {
  return (
    <div class="use">
      <span>{label}</span>
      <meter min={0} max={1} value={Math.min(share, 1)} aria-label={label} />
    </div>
  );
}
