import type { Family } from './family';

/** Something that counts by itself and is asked when somebody looks. */
export interface MetricsSource {
  /** As `unavailable` tells it when it fails or is late. */
  readonly name: string;
  readonly collect: () => readonly Family[] | Promise<readonly Family[]>;
}

export interface Collected {
  readonly families: readonly Family[];
  readonly unavailable: readonly string[];
}

/** Asks all sources beside each other; one that rejects, or is silent for `timeoutMs`, is named and left out. */
export async function collectAll(sources: readonly MetricsSource[], timeoutMs: number): Promise<Collected> {
  const answers = await Promise.all(
    sources.map(async ({ name, collect }) => ({ name, families: await within(timeoutMs, collect) })),
  );
  return {
    families: answers.flatMap(({ families }) => families ?? []),
    unavailable: answers.filter(({ families }) => families === undefined).map(({ name }) => name),
  };
}

async function within(timeoutMs: number, collect: MetricsSource['collect']): Promise<readonly Family[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  try {
    return await Promise.race([collect(), late]);
  } catch {
    // Who asks is told the name; the source itself logs what ails it.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
