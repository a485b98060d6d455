import type { JSX } from 'preact';

import type { SearchStep } from '../api/wire';
import { useMessages } from '../i18n/language';
import { Icon } from '../ui/icon';
import type { Progress } from './progress';

interface Props {
  readonly progress: Progress;
  readonly isRunning: boolean;
}

/** The parts of the question, each with its searches as they come. */
export function PlanView({ progress: { plan, steps, findings }, isRunning }: Props): JSX.Element {
  const m = useMessages();
  return (
    <section class="plan" aria-busy={isRunning}>
      <h2>{m.research.plan}</h2>
      {plan === undefined && (
        <p class="quiet" role="status">
          {m.research.planning}
        </p>
      )}
      <ol>
        {plan?.map((question, index) => {
          const own = steps.filter((step) => step.question === index);
          const hasFinding = findings.some((finding) => finding.question === index);
          return (
            <li key={question} class={hasFinding ? 'is-found' : own.length > 0 && isRunning ? 'is-busy' : ''}>
              <span class="plan-question">
                {question}
                {hasFinding && <Icon name="check" />}
              </span>
              {own.length > 0 && <Steps steps={own} />}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Steps({ steps }: { readonly steps: readonly SearchStep[] }): JSX.Element {
  const m = useMessages();
  return (
    <details>
      <summary>{m.research.searched(steps.length)}</summary>
      <ul>
        {steps.map(({ query, results, round, problem }, index) => (
          <li key={index}>
            {m.research.searchLine(query, results)}
            {round > 1 && ` · ${m.research.round(round)}`}
            {problem !== undefined && (
              <>
                {' '}
                <a href={`/problems/${problem}`}>{problem}</a>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
