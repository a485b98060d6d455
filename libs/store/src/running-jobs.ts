/**
 * The jobs that run in this process, of every kind: who cancels a job need not know who runs it. The store holds the
 * truth about a job's state; this only ends the work.
 */
export class RunningJobs {
  private readonly running = new Map<string, AbortController>();

  /** The signal that `abort` fires. Each `begin` needs its `end`. */
  begin(id: string): AbortSignal {
    const controller = new AbortController();
    this.running.set(id, controller);
    return controller.signal;
  }

  end(id: string): void {
    this.running.delete(id);
  }

  /** True when the job runs in this process. */
  abort(id: string): boolean {
    const controller = this.running.get(id);
    controller?.abort();
    return controller !== undefined;
  }
}
