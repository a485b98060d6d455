/**
 * Texts that wait for a model thread, in one line per kind.
 *
 * A person waits for a query, nobody in particular for a passage: queries go first, and ingestion can neither fill the
 * queries' line nor hold a thread for longer than one small run. Every eighth run belongs to the passages, so that a
 * flood of queries cannot starve ingestion. Both lines are bounded in texts and in tokens.
 */
import { fail } from '@acervo/problem';

import type { TextKind } from '../../embedder';

import type { EmbeddingRequest } from './embedding-request';

export interface WaitingText {
  readonly kind: TextKind;
  readonly ids: Int32Array;
  /** Place of the text in its request. */
  readonly index: number;
  readonly request: EmbeddingRequest;
  readonly sinceMs: number;
  /** A run that held this text failed: it runs alone from now on, so that it takes no other text down. */
  readonly isRetry?: true;
}

export interface LineLimits {
  /** Tokens per run, padding included; a longer text runs alone. */
  readonly runTokens: number;
  readonly maxTexts: number;
  readonly maxTokens: number;
}

const RUNS_PER_PASSAGE_RUN = 8;
/** Padding is computed like any token: a run may waste a quarter, or these few tokens. */
const MAX_PADDING_RATIO = 0.25;
const FREE_PADDING_TOKENS = 64;

export class EmbeddingQueue {
  private readonly lines: Record<TextKind, WaitingText[]> = { query: [], passage: [] };
  private readonly tokens: Record<TextKind, number> = { query: 0, passage: 0 };
  private queryRuns = 0;

  constructor(private readonly limits: Record<TextKind, LineLimits>) {}

  get waitingTexts(): number {
    return this.lines.query.length + this.lines.passage.length;
  }

  get waitingTokens(): number {
    return this.tokens.query + this.tokens.passage;
  }

  /** Time on the clock of `performance.now()` since when the oldest text waits. */
  get oldestSinceMs(): number | undefined {
    const heads = [this.lines.query[0], this.lines.passage[0]].flatMap((head) => (head ? [head.sinceMs] : []));
    return heads.length === 0 ? undefined : Math.min(...heads);
  }

  /** Takes all texts of a request or none. Errors: EMBEDDING_OVERLOADED, telling to come back in `drainSeconds`. */
  add(texts: readonly WaitingText[], kind: TextKind, drainSeconds = 1): void {
    const line = this.lines[kind];
    const { maxTexts, maxTokens } = this.limits[kind];
    const added = countTokens(texts);
    if (line.length + texts.length > maxTexts || this.tokens[kind] + added > maxTokens) {
      throw fail(
        'EMBEDDING_OVERLOADED',
        `${line.length} texts wait for the embedding model already; retry later, or send fewer at once.`,
        { waitingTexts: line.length, maxTexts, maxTokens, retryAfterSeconds: Math.max(1, Math.ceil(drainSeconds)) },
      );
    }
    line.push(...[...texts].sort((a, b) => b.ids.length - a.ids.length));
    this.tokens[kind] += added;
  }

  /** Back to the front of the line, each to run alone. */
  retry(texts: readonly WaitingText[], kind: TextKind): void {
    this.lines[kind].unshift(...texts.map((text) => ({ ...text, isRetry: true as const })));
    this.tokens[kind] += countTokens(texts);
  }

  withdraw(request: EmbeddingRequest): void {
    for (const kind of ['query', 'passage'] as const) {
      this.replace(
        kind,
        this.lines[kind].filter((text) => text.request !== request),
      );
    }
  }

  drain(): WaitingText[] {
    const texts = [...this.lines.query, ...this.lines.passage];
    this.replace('query', []);
    this.replace('passage', []);
    return texts;
  }

  /**
   * The texts of the next run, all of one kind: the head of the line, and those behind it that fit without much
   * padding. `share` is the number of threads that are free to take a part of the line; a thread that is kept for
   * queries takes no passages.
   */
  take(share = 1, mayTakePassages = true): WaitingText[] {
    const kind = mayTakePassages ? this.nextKind() : 'query';
    const [head, ...others] = this.lines[kind];
    if (head === undefined) return [];
    this.queryRuns = kind === 'query' ? this.queryRuns + 1 : 0;
    const run = [head];
    if (head.isRetry) {
      this.replace(kind, others);
      return run;
    }
    const maxTexts = Math.ceil(this.lines[kind].length / share);
    let longest = head.ids.length;
    let tokens = longest;
    const left = others.filter((text) => {
      const nextLongest = Math.max(longest, text.ids.length);
      const padded = nextLongest * (run.length + 1);
      const padding = padded - tokens - text.ids.length;
      if (text.isRetry || run.length >= maxTexts || padded > this.limits[kind].runTokens) return true;
      if (padding > Math.max(FREE_PADDING_TOKENS, padded * MAX_PADDING_RATIO)) return true;
      longest = nextLongest;
      tokens += text.ids.length;
      run.push(text);
      return false;
    });
    this.replace(kind, left);
    return run;
  }

  private nextKind(): TextKind {
    if (this.lines.query.length === 0) return 'passage';
    if (this.lines.passage.length === 0) return 'query';
    return this.queryRuns >= RUNS_PER_PASSAGE_RUN - 1 ? 'passage' : 'query';
  }

  private replace(kind: TextKind, line: WaitingText[]): void {
    this.lines[kind] = line;
    this.tokens[kind] = countTokens(line);
  }
}

function countTokens(texts: readonly WaitingText[]): number {
  return texts.reduce((sum, { ids }) => sum + ids.length, 0);
}
