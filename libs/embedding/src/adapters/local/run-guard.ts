/**
 * Keeps the process from ending while a thread is inside onnxruntime: its binding throws where nobody catches when the
 * environment goes away under it, and the process aborts (exit code 134) whatever code it wanted to end with.
 *
 * One shared cell per thread: the thread enters it for each run; at exit the main thread waits for the end of the run
 * (0.2 s for 512 tokens) and lets no other begin.
 */
const IDLE = 0;
const RUNNING = 1;
const STOPPED = 2;

export class RunGuard {
  private readonly cell: Int32Array<SharedArrayBuffer>;

  /** @param memory shared with the other side; omitted by the side that begins */
  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.cell = new Int32Array(memory);
  }

  /** Runs `work` unless the process ends; thread side. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (Atomics.compareExchange(this.cell, 0, IDLE, RUNNING) !== IDLE) throw new Error('The process ends.');
    try {
      return await work();
    } finally {
      Atomics.compareExchange(this.cell, 0, RUNNING, IDLE);
      Atomics.notify(this.cell, 0);
    }
  }

  /** Lets no further run begin and blocks until the one in progress ends, at most `timeoutMs`. True when none runs. */
  stop(timeoutMs: number): boolean {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      if (Atomics.compareExchange(this.cell, 0, IDLE, STOPPED) !== RUNNING) return true;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return false;
      Atomics.wait(this.cell, 0, RUNNING, leftMs);
    }
  }
}

const EXIT_PATIENCE_MS = 5_000;
const guarded = new Set<RunGuard>();

function stopAll(): void {
  for (const guard of guarded) guard.stop(EXIT_PATIENCE_MS);
}

/** Stops `guard` when the process exits; the answer ends that. One listener, however many threads. */
export function stopAtExit(guard: RunGuard): () => void {
  if (guarded.size === 0) process.on('exit', stopAll);
  guarded.add(guard);
  return () => {
    if (guarded.delete(guard) && guarded.size === 0) process.off('exit', stopAll);
  };
}
