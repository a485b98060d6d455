import { useCallback, useEffect, useState } from 'preact/hooks';

import { search, type AnswerHeaders } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { SearchAnswer } from '../api/wire';
import { parseChoices, toRequest, type SearchChoices } from './search-choices';

export interface Found {
  /** Of all pages so far. */
  readonly answer: SearchAnswer;
  /** Of the last page. */
  readonly headers: AnswerHeaders;
}

export interface Searching {
  readonly found: Found | undefined;
  readonly problem: Problem | undefined;
  readonly isBusy: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

/** The search that the address asks for; a new one ends the one before. */
export function useSearch(address: string): Searching {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setIsBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [offset, setOffset] = useState({ address, at: 0 });
  const from = offset.address === address ? offset.at : 0;

  useEffect(() => {
    const choices: SearchChoices = parseChoices(new URLSearchParams(address));
    if (choices.query.trim() === '') {
      setFound(undefined);
      setProblem(undefined);
      setIsBusy(false);
      return;
    }
    const leaving = new AbortController();
    const run = async (): Promise<void> => {
      setIsBusy(true);
      setProblem(undefined);
      try {
        const next = await search(toRequest(choices, from), leaving.signal);
        setFound((before) => (from === 0 || before === undefined ? next : joined(before, next)));
      } catch (error) {
        if (isAbort(error)) return;
        setProblem(asProblem(error));
      }
      setIsBusy(false);
    };
    void run();
    return () => {
      leaving.abort();
    };
  }, [address, from, attempt]);

  const more = useCallback(() => {
    setOffset({ address, at: found?.answer.results.length ?? 0 });
  }, [address, found]);
  const again = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { found, problem, isBusy, more, again };
}

function joined(before: Found, next: Found): Found {
  return { ...next, answer: { ...next.answer, results: [...before.answer.results, ...next.answer.results] } };
}
