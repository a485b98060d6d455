import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Citation, Finding } from '../api/wire';
import { useMessages } from '../i18n/language';
import { MarkdownView } from '../markdown/markdown-view';
import { SourceList } from '../markdown/source-list';
import { openPassage } from '../reader/open-passage';
import { DegradedNotice } from '../ui/degraded-notice';
import { BudgetUse } from './budget-use';
import { PlanView } from './plan-view';
import type { Progress } from './progress';

interface Props {
  readonly progress: Progress;
  readonly isRunning: boolean;
  readonly isStopped: boolean;
  readonly collection: string;
}

/** The work at the left, what came of it at the right. */
export function ResearchView({ progress, isRunning, isStopped, collection }: Props): JSX.Element {
  const m = useMessages();
  const { answer, report } = progress;
  const citations = answer?.citations ?? [];
  const onCite = ({ document_id: documentId, title, position }: Citation): void => {
    openPassage.set({ documentId, collection: collection === '' ? undefined : collection, title, position });
  };
  return (
    <div class="research">
      <div class="research-work">
        <PlanView progress={progress} isRunning={isRunning} />
        {progress.budget !== undefined && <BudgetUse budget={progress.budget} progress={progress} />}
      </div>
      <div class="research-result" aria-busy={isRunning}>
        {isStopped && <p class="badge badge-warn">{m.chat.stopped}</p>}
        {answer !== undefined && <DegradedNotice reasons={answer.degraded} />}
        {answer?.stopped_by === 'budget' && <p class="badge badge-warn">{m.research.stoppedByBudget}</p>}
        {report === '' && isRunning && progress.findings.length > 0 && (
          <p class="quiet" role="status">
            {m.research.writing}
          </p>
        )}
        {report !== '' && (
          <section class="paper">
            <div class="paper-head">
              <h2>{m.research.report}</h2>
              {answer !== undefined && <CopyButton text={answer.report} />}
            </div>
            <MarkdownView source={report} citations={citations} onCite={onCite} />
            {answer !== undefined && (
              <p class="quiet made-by">
                {answer.model === 'extractive' ? m.common.extractive : m.common.model(answer.model)}
              </p>
            )}
          </section>
        )}
        <Findings findings={progress.findings} citations={citations} onCite={onCite} isDone={answer !== undefined} />
        {answer !== undefined && answer.open.length > 0 && (
          <section class="open">
            <h3>{m.research.open}</h3>
            <ul>
              {answer.open.map((question) => (
                <li key={question}>{question}</li>
              ))}
            </ul>
          </section>
        )}
        <SourceList citations={citations} onCite={onCite} />
      </div>
    </div>
  );
}

interface FindingsProps {
  readonly findings: readonly Finding[];
  readonly citations: readonly Citation[];
  readonly onCite: (citation: Citation) => void;
  readonly isDone: boolean;
}

function Findings({ findings, citations, onCite, isDone }: FindingsProps): JSX.Element | null {
  const m = useMessages();
  if (findings.length === 0) return isDone ? <p>{m.research.noFindings}</p> : null;
  return (
    <details class="findings" open={!isDone}>
      <summary>
        {m.research.findings} ({findings.length})
      </summary>
      <ul>
        {findings.map((finding) => (
          <li key={finding.id}>
            <span class={`badge badge-${finding.agreement}`}>{m.research.agreement[finding.agreement]}</span>
            <MarkdownView
              source={`${finding.claim} ${finding.citations.map((index) => `[${index}]`).join('')}`}
              citations={citations}
              onCite={onCite}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Where the browser gives no access to the clipboard, as without TLS, there is no button. */
function CopyButton({ text }: { readonly text: string }): JSX.Element | null {
  const m = useMessages();
  const [isCopied, setIsCopied] = useState(false);
  if (!('clipboard' in navigator)) return null;
  return (
    <button
      type="button"
      class="button button-small"
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => {
            setIsCopied(true);
          },
          () => {
            setIsCopied(false);
          },
        );
      }}
    >
      {isCopied ? m.research.copied : m.research.copy}
    </button>
  );
}
