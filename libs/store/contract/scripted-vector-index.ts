import { DomainError } from '@acervo/kernel';

import type { ScoredKey } from '../src/model';
import { VectorIndex, type VectorEntry } from '../src/vector-index';

/** A vector index that remembers which keys it holds and fails when told to; it finds nothing. */
export class ScriptedVectorIndex extends VectorIndex {
  readonly held = new Map<string, Set<number>>();
  /** Names of methods whose next call fails after it did its work (`after`) or before (`before`). */
  readonly failures = new Map<string, 'before' | 'after'>();
  /** Of all collections together. */
  openings = 0;
  /** Told before each upsert does its work. */
  onUpsert: () => Promise<void> = () => Promise.resolve();

  override async open({ name }: { readonly name: string }): Promise<void> {
    this.openings += 1;
    await this.play('open', () => this.held.set(name, this.held.get(name) ?? new Set()));
  }

  override async upsert(collection: string, entries: readonly VectorEntry[]): Promise<void> {
    await this.onUpsert();
    await this.play('upsert', () => {
      for (const { key } of entries) this.held.get(collection)?.add(key);
    });
  }

  override async remove(collection: string, keys: readonly number[]): Promise<void> {
    await this.play('remove', () => {
      for (const key of keys) this.held.get(collection)?.delete(key);
    });
  }

  override async drop(collection: string): Promise<void> {
    await this.play('drop', () => this.held.delete(collection));
  }

  override search(): Promise<readonly (readonly ScoredKey[])[]> {
    return Promise.resolve([]);
  }

  override cosines(): Promise<Float32Array> {
    return Promise.resolve(new Float32Array());
  }

  override checkHealth(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  private play(method: string, work: () => unknown): Promise<void> {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure !== 'before') work();
    if (failure === undefined) return Promise.resolve();
    return Promise.reject(new DomainError('VECTOR_INDEX_UNAVAILABLE', `${method} failed as told`));
  }
}
