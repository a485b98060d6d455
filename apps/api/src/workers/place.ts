/** Where a process stands among those that serve one data folder. */
export interface Place {
  /** One of them opens the store for writing; the others follow it. */
  readonly isWriter: boolean;
  /** Processes that share the processors of this machine. */
  readonly workers: number;
  /** Where the writer takes the requests that change something; undefined in a process that is alone. */
  readonly door: string | undefined;
}

export const alone: Place = { isWriter: true, workers: 1, door: undefined };
