/** What a load generator is told to do: plain data, for it goes to a process of its own. */

export type Arrivals = 'poisson' | 'even';

/** How often a source asks. `open`: at a rate, whether or not answers come. `closed`: so many at a time. */
export type Pace =
  | { readonly kind: 'open'; readonly perSecond: number; readonly arrivals: Arrivals }
  | { readonly kind: 'closed'; readonly atOnce: number };

export interface Source {
  readonly name: string;
  readonly pace: Pace;
  /** 127.0.0.0/8 is all loopback, so each source may be a client with an address of its own. */
  readonly localAddress?: string;
}

export type RouteName = 'search' | 'batch' | 'chat' | 'research' | 'health';

/** What is asked for. */
export type Work =
  | {
      readonly kind: 'mix';
      /** Shares; they need not add up to anything. */
      readonly routes: Readonly<Partial<Record<RouteName, number>>>;
      readonly queries: readonly string[];
      /** Exponent of the Zipf draw over the queries: 0 draws all alike, 1 the first ten times as often as the tenth. */
      readonly zipf: number;
      /** No question is asked twice: each gets a number, from `firstNumber`. */
      readonly isFresh: boolean;
      readonly firstNumber: number;
      readonly maxResults: number;
    }
  | {
      /** One request over and over. `#######` in its body is replaced by a number, from `firstNumber`. */
      readonly kind: 'fixed';
      readonly request: WireRequest;
      readonly firstNumber: number;
    }
  | {
      /** Each request in turn, then the last one over again; or, once each, no more. */
      readonly kind: 'list';
      readonly requests: readonly WireRequest[];
      readonly isOnce?: boolean;
    };

export interface WireRequest {
  readonly route: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadOrder {
  /** Scheme, host and port. */
  readonly url: string;
  readonly sources: readonly Source[];
  readonly work: Work;
  /** For how long requests become due. */
  readonly ms: number;
  /** Same seed, same arrivals and same draws. */
  readonly seed: number;
  /** Of one source; a request that finds so many under way is dropped and counted. */
  readonly maxInFlight: number;
  /** Of one request. */
  readonly timeoutMs: number;
  /** With `false` each request has a connection of its own. */
  readonly keepsConnections: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Send back each reply, not only their summary; for runs of which somebody knows that they are short. */
  readonly keepsReplies: boolean;
}
