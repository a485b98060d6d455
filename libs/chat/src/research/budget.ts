/**
 * What a research may still use. Nothing is taken that is not there: searches are granted before they are made, tokens
 * are reserved before a model is asked, and what comes early may use a part of time and tokens only: a model that hangs
 * over the plan leaves time for searches, one that hangs over the sources leaves time for quotations and a report.
 */
import { startCall, type Call, type CallContext } from '@acervo/kernel';

import type { BudgetLimits, BudgetUsed, StoppedBy } from './research';

export type Stage = 'planning' | 'gathering' | 'writing';

/** Of the whole, all stages before included. */
const sharesOf: Readonly<Record<Stage, number>> = { planning: 0.2, gathering: 0.7, writing: 1 };

/** Given back with what was really used. */
export interface TokenReserve {
  readonly tokens: number;
  readonly settle: (used: number) => void;
}

export class Budget {
  private readonly startedMs: number;
  private searches = 0;
  private tokens = 0;
  private reserved = 0;
  private wasShort = false;
  private wasLate = false;

  /** @param now milliseconds on any monotonic clock */
  constructor(
    readonly limits: BudgetLimits,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedMs = now();
  }

  get used(): BudgetUsed {
    const seconds = Math.round((this.now() - this.startedMs) / 10) / 100;
    return { seconds, searches: this.searches, tokens: this.tokens };
  }

  /** `budget`: something was left out for want of it. */
  get stoppedBy(): StoppedBy {
    return this.wasShort || this.wasLate ? 'budget' : 'done';
  }

  /** Time cut it short: another time it might go further. */
  get isCutByTime(): boolean {
    return this.wasLate;
  }

  /** 0 when the time of the stage is over, and then something is left out. */
  takeSearches(wanted: number): number {
    if (wanted <= 0 || this.isOver('gathering')) return 0;
    const granted = Math.min(wanted, Math.max(0, this.limits.maxSearches - this.searches));
    if (granted < wanted) this.wasShort = true;
    this.searches += granted;
    return granted;
  }

  /** Undefined, and something is left out, when fewer than `least` are there. */
  reserveTokens(stage: Stage, least: number, wanted: number): TokenReserve | undefined {
    if (this.isOver(stage)) return undefined;
    const tokens = Math.min(wanted, this.tokensLeft(stage));
    if (tokens < least) {
      this.wasShort = true;
      return undefined;
    }
    this.reserved += tokens;
    let isSettled = false;
    return {
      tokens,
      settle: (used) => {
        if (isSettled) return;
        isSettled = true;
        this.reserved -= tokens;
        this.tokens += Math.min(tokens, Math.max(0, used));
      },
    };
  }

  tokensLeft(stage: Stage): number {
    return Math.max(0, this.shareOf(stage, this.limits.maxTokens) - this.tokens - this.reserved);
  }

  /** Notes that something is left out. */
  isOver(stage: Stage): boolean {
    if (this.leftMs(stage) > 0) return false;
    this.wasLate = true;
    return true;
  }

  leftMs(stage: Stage): number {
    return Math.max(0, this.shareOf(stage, this.limits.maxSeconds * 1_000) - (this.now() - this.startedMs));
  }

  /** A call that ends with the time of the stage, or with `parent`. Its `end` gives the timer back. */
  startCall(stage: Stage, parent: CallContext): Call {
    const call = startCall(Math.ceil(this.leftMs(stage)), parent.signal);
    return { ...call, context: { ...call.context, client: parent.client } };
  }

  private shareOf(stage: Stage, whole: number): number {
    return Math.floor(whole * sharesOf[stage]);
  }
}
