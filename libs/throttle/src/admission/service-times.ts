import type { WorkClass } from './class-turns';

/** Weight of the newest of the measured times: about twenty of them count. */
const newest = 0.1;

/** How long computations hold their permit of late, by class: exponentially weighted means. */
export class ServiceTimes {
  private readonly meanMs = new Map<WorkClass, number>();

  /** 0 before the first was measured. */
  of(workClass: WorkClass): number {
    return this.meanMs.get(workClass) ?? 0;
  }

  add(workClass: WorkClass, ms: number): void {
    const mean = this.meanMs.get(workClass);
    this.meanMs.set(workClass, mean === undefined ? ms : mean + newest * (ms - mean));
  }
}
