import type { JSX } from 'preact';

import { noConnection, strangeAnswer, type Problem } from '../api/problem';
import { useMessages } from '../i18n/language';

interface Props {
  readonly problem: Problem;
  readonly onRetry?: (() => void) | undefined;
}

/** Says what went wrong, how to mend it, and by which id the operator finds it. */
export function ProblemNotice({ problem, onRetry }: Props): JSX.Element {
  const m = useMessages();
  const isOffline = problem.code === noConnection;
  const isStrange = problem.code === strangeAnswer;
  const title = isOffline ? m.problem.noConnection : isStrange ? m.problem.strange : problem.title;
  const detail = isOffline
    ? m.problem.noConnectionDetail
    : isStrange
      ? m.problem.strangeDetail(problem.detail)
      : problem.detail;
  return (
    <div class="notice notice-problem" role="alert">
      <strong>{title}</strong>
      <p>
        {detail}
        {problem.retryAfterSeconds !== undefined && ` ${m.problem.retryAfter(String(problem.retryAfterSeconds))}`}
      </p>
      {problem.errors !== undefined && problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((error) => (
            <li key={error.pointer}>
              <code>{error.pointer}</code> {error.detail}
            </li>
          ))}
        </ul>
      )}
      <div class="notice-foot">
        {onRetry && (
          <button type="button" class="button" onClick={onRetry}>
            {m.common.retry}
          </button>
        )}
        {!isOffline && !isStrange && (
          <a href={`/problems/${problem.code}`} target="_blank" rel="noreferrer">
            {problem.code}
          </a>
        )}
        {problem.request_id !== undefined && (
          <span>
            {m.common.requestId} <code>{problem.request_id}</code>
          </span>
        )}
      </div>
    </div>
  );
}
