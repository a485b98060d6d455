/** What is known of a research, event by event. */
import type { Budget, Finding, ResearchAnswer, ResearchPlan, SearchStep } from '../api/wire';

export interface Progress {
  readonly question: string;
  readonly plan: readonly string[] | undefined;
  readonly budget: Budget | undefined;
  readonly steps: readonly SearchStep[];
  readonly findings: readonly Finding[];
  readonly report: string;
  /** Undefined until it is done. */
  readonly answer: ResearchAnswer | undefined;
}

export function newProgress(question: string): Progress {
  return { question, plan: undefined, budget: undefined, steps: [], findings: [], report: '', answer: undefined };
}

/** The progress after an event of `POST /research`; events of other kinds change nothing. */
export function withEvent(
  progress: Progress,
  { type, data }: { readonly type: string; readonly data: unknown },
): Progress {
  switch (type) {
    case 'plan': {
      const { plan, budget } = data as ResearchPlan;
      return { ...progress, plan, budget };
    }
    case 'search':
      return { ...progress, steps: [...progress.steps, data as SearchStep] };
    case 'finding':
      return { ...progress, findings: withFinding(progress.findings, data as Finding) };
    case 'report':
      return { ...progress, report: progress.report + (data as { text: string }).text };
    case 'done': {
      const answer = data as ResearchAnswer;
      const { plan, budget, findings, report } = answer;
      return { ...progress, plan, budget, findings, report, answer };
    }
    default:
      return progress;
  }
}

/** A finding comes again when more sources have changed it. */
function withFinding(findings: readonly Finding[], next: Finding): Finding[] {
  const isKnown = findings.some(({ id }) => id === next.id);
  return isKnown ? findings.map((one) => (one.id === next.id ? next : one)) : [...findings, next];
}
