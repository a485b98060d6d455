import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { stream } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import { newProgress, withEvent, type Progress } from './progress';

export interface ResearchOrder {
  readonly question: string;
  readonly collection: string;
  readonly maxSeconds: number | undefined;
  readonly maxSearches: number | undefined;
}

export interface Research {
  readonly progress: Progress | undefined;
  readonly state: 'idle' | 'running' | 'stopped' | 'failed' | 'done';
  readonly problem: Problem | undefined;
  readonly start: (order: ResearchOrder) => void;
  readonly stop: () => void;
}

export function useResearch(): Research {
  const [progress, setProgress] = useState<Progress>();
  const [state, setState] = useState<Research['state']>('idle');
  const [problem, setProblem] = useState<Problem>();
  const run = useRef<AbortController>(undefined);
  useEffect(() => () => run.current?.abort(), []);

  const start = useCallback(({ question, collection, maxSeconds, maxSearches }: ResearchOrder) => {
    run.current?.abort();
    const leaving = new AbortController();
    run.current = leaving;
    const budget = {
      ...(maxSeconds !== undefined && { max_seconds: maxSeconds }),
      ...(maxSearches !== undefined && { max_searches: maxSearches }),
    };
    const body = {
      question,
      ...(collection !== '' && { collection }),
      ...(Object.keys(budget).length > 0 && { budget }),
    };
    const work = async (): Promise<void> => {
      try {
        for await (const event of stream('/research', body, leaving.signal)) {
          setProgress((before) => before && withEvent(before, event));
        }
        setState('done');
      } catch (error) {
        // A newer one has taken the page over.
        if (run.current !== leaving) return;
        if (isAbort(error)) {
          setState('stopped');
          return;
        }
        setProblem(asProblem(error));
        setState('failed');
      }
    };
    setProgress(newProgress(question));
    setProblem(undefined);
    setState('running');
    void work();
  }, []);

  const stop = useCallback(() => run.current?.abort(), []);
  return { progress, state, problem, start, stop };
}
