import { useEffect, useState } from 'preact/hooks';

import { getMetrics } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { Metrics } from '../api/wire';
import { ratesBetween, type Rates } from './rates';

const refreshMs = 2_000;
const patienceMs = 10_000;

export interface LiveMetrics {
  readonly metrics: Metrics | undefined;
  /** Between the last two readings. */
  readonly history: Rates | undefined;
  readonly problem: Problem | undefined;
  readonly isPaused: boolean;
}

/** Reads every two seconds, one reading at a time, and not while nobody sees the page. */
export function useMetrics(attempt: number): LiveMetrics {
  const [metrics, setMetrics] = useState<Metrics>();
  const [history, setHistory] = useState<Rates>();
  const [problem, setProblem] = useState<Problem>();
  const [isPaused, setIsPaused] = useState(document.hidden);

  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: { readonly metrics: Metrics; readonly atMs: number } | undefined;
    const read = async (): Promise<void> => {
      try {
        const next = await getMetrics(AbortSignal.any([leaving.signal, AbortSignal.timeout(patienceMs)]));
        const atMs = performance.now();
        if (last !== undefined) setHistory(ratesBetween(last.metrics, next, (atMs - last.atMs) / 1_000));
        last = { metrics: next, atMs };
        setMetrics(next);
        setProblem(undefined);
      } catch (error) {
        if (leaving.signal.aborted) return;
        const next = isAbort(error) ? undefined : asProblem(error);
        setProblem(next);
        // Neither a key nor a route comes by asking again: the reader says when.
        if (next?.status !== undefined && [401, 403, 404].includes(next.status)) return;
      }
      if (!document.hidden && !leaving.signal.aborted) timer = setTimeout(() => void read(), refreshMs);
    };
    const onVisibility = (): void => {
      setIsPaused(document.hidden);
      clearTimeout(timer);
      if (document.hidden) last = undefined;
      else timer = setTimeout(() => void read(), 0);
    };
    document.addEventListener('visibilitychange', onVisibility);
    void read();
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(timer);
      leaving.abort();
    };
  }, [attempt]);
  return { metrics, history, problem, isPaused };
}
