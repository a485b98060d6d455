/**
 * The thread that owns the rows and graphs of all collections: searches and insertions are CPU work that would block
 * the loop. Searches are answered in the turn in which they arrive. Changes of a collection wait for its snapshot being
 * written, for that must not change meanwhile; rows go into the graph in small steps between the turns.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { DomainError, toWireError } from '@acervo/kernel';

import { toColumns } from '../../hit-columns';
import { safeCollectionName } from '../../safe-collection-name';

import { CollectionIndex } from './collection-index';
import { RowArena } from './row-arena';
import { loadSnapshot, saveSnapshot } from './snapshot';
import type { CollectionStatus, VectorCalls, VectorReply, VectorRequest, VectorThreadOptions } from './vector-messages';

/** About 5 ms of graph building between two turns. */
const ROWS_PER_TURN = 8;

interface OpenCollection {
  readonly model: string;
  readonly index: CollectionIndex;
  savedRevision: number;
  /** Changes and snapshots, one after the other. */
  line: Promise<unknown>;
  firstUnsavedAtMs: number | undefined;
  saveTimer: NodeJS.Timeout | undefined;
  isGrowing: boolean;
}

class VectorThread {
  private readonly arena = new RowArena();
  private readonly collections = new Map<string, OpenCollection>();

  constructor(
    private readonly port: MessagePort,
    private readonly options: VectorThreadOptions,
  ) {
    port.on('message', (request: VectorRequest) => {
      this.answer(request);
    });
  }

  private answer(request: VectorRequest): void {
    const failed = (error: unknown): void => {
      this.reply({ kind: 'failed', id: request.id, error: toWireError(error) });
    };
    const answered = (answer: VectorCalls[keyof VectorCalls]['answer']): void => {
      this.reply({ kind: 'answer', id: request.id, answer });
      if (request.name === 'close') this.port.close();
    };
    try {
      const answer = this.perform(request);
      if (answer instanceof Promise) answer.then(answered, failed);
      else answered(answer);
    } catch (error) {
      failed(error);
    }
  }

  private perform(
    request: VectorRequest,
  ): VectorCalls[keyof VectorCalls]['answer'] | Promise<VectorCalls[keyof VectorCalls]['answer']> {
    switch (request.name) {
      case 'load':
        return this.load(request.ask);
      case 'upsert':
        return this.change(request.ask.collection, (index) => {
          index.upsert(request.ask.keys, request.ask.vectors);
        });
      case 'remove':
        return this.change(request.ask.collection, (index) => {
          index.remove(request.ask.keys);
        });
      case 'search': {
        const { index } = this.get(request.ask.collection);
        return request.ask.queries.map(({ vector, limit, keys }) => toColumns(index.search(vector, limit, keys)));
      }
      case 'cosines':
        return this.get(request.ask.collection).index.cosines(request.ask.vector, request.ask.keys);
      case 'status':
        return this.status(this.get(request.ask.collection));
      case 'save':
        return this.save(this.get(request.ask.collection), request.ask.collection);
      case 'drop':
        return this.drop(request.ask.collection);
      case 'ping':
        return undefined;
      case 'close':
        return this.close();
    }
  }

  private async load({
    collection,
    model,
    dimensions,
  }: VectorCalls['load']['ask']): Promise<VectorCalls['load']['answer']> {
    const known = this.collections.get(collection);
    if (known?.model === model && known.index.dimensions === dimensions)
      return { keys: known.index.table.keys(), note: undefined };
    if (known !== undefined) this.release(collection, known);

    let index = new CollectionIndex(this.arena, dimensions, this.options);
    const result = await loadSnapshot(this.folder(collection), model, index);
    if (!result.isLoaded) {
      index.table.free();
      index = new CollectionIndex(this.arena, dimensions, this.options);
    }
    const opened: OpenCollection = {
      model,
      index,
      savedRevision: result.isLoaded && result.note === undefined ? 0 : -1,
      line: Promise.resolve(),
      firstUnsavedAtMs: undefined,
      saveTimer: undefined,
      isGrowing: false,
    };
    this.collections.set(collection, opened);
    index.ensureGraph();
    this.grow(collection, opened);
    return { keys: index.table.keys(), note: result.isLoaded ? result.note : result.reason };
  }

  private async change(collection: string, apply: (index: CollectionIndex) => void): Promise<undefined> {
    const opened = this.get(collection);
    await this.inLine(opened, () => {
      apply(opened.index);
      this.grow(collection, opened);
      this.planSave(collection, opened);
    });
    return undefined;
  }

  private grow(collection: string, opened: OpenCollection): void {
    if (opened.isGrowing || opened.index.waiting.size === 0) return;
    opened.isGrowing = true;
    const step = (): void => {
      void this.inLine(opened, () => {
        if (this.collections.get(collection) !== opened) return;
        opened.isGrowing = opened.index.growGraph(ROWS_PER_TURN);
        if (opened.isGrowing) setImmediate(step);
        else this.planSave(collection, opened);
      });
    };
    setImmediate(step);
  }

  private planSave(collection: string, opened: OpenCollection): void {
    if (!this.options.isWriter || opened.savedRevision === opened.index.revision) return;
    clearTimeout(opened.saveTimer);
    opened.firstUnsavedAtMs ??= performance.now();
    const latestInMs = opened.firstUnsavedAtMs + this.options.saveAtLatestMs - performance.now();
    opened.saveTimer = setTimeout(
      () => {
        this.save(opened, collection).catch(this.saveFailed(collection));
      },
      Math.max(0, Math.min(this.options.saveAfterIdleMs, latestInMs)),
    );
  }

  private async save(opened: OpenCollection, collection: string): Promise<undefined> {
    clearTimeout(opened.saveTimer);
    await this.inLine(opened, async () => {
      const { revision } = opened.index;
      opened.firstUnsavedAtMs = undefined;
      if (!this.options.isWriter || revision === opened.savedRevision) return;
      await saveSnapshot(this.folder(collection), opened.model, opened.index);
      opened.savedRevision = revision;
    });
    return undefined;
  }

  private async drop(collection: string): Promise<undefined> {
    const opened = this.collections.get(collection);
    if (opened !== undefined) {
      await this.inLine(opened, () => {
        this.release(collection, opened);
      });
    }
    if (this.options.isWriter) await rm(this.folder(collection), { recursive: true, force: true });
    return undefined;
  }

  /** A snapshot that cannot be written is told of, but does not keep the thread from ending: nothing is lost by it. */
  private async close(): Promise<undefined> {
    const opened = [...this.collections];
    await Promise.all(
      opened.map(async ([name, collection]) => this.save(collection, name).catch(this.saveFailed(name))),
    );
    for (const [name, collection] of opened) this.release(name, collection);
    return undefined;
  }

  private release(name: string, opened: OpenCollection): void {
    clearTimeout(opened.saveTimer);
    opened.index.table.free();
    opened.index.waiting.clear();
    this.collections.delete(name);
  }

  private async inLine<T>(opened: OpenCollection, work: () => T | Promise<T>): Promise<T> {
    const result = opened.line.then(work);
    opened.line = result.catch(() => undefined);
    return await result;
  }

  private get(collection: string): OpenCollection {
    const opened = this.collections.get(collection);
    if (opened === undefined)
      throw new DomainError(
        'VECTOR_INDEX_UNAVAILABLE',
        `The vectors of the collection ${collection} are not loaded: open it first.`,
      );
    return opened;
  }

  private status({ index, savedRevision }: OpenCollection): CollectionStatus {
    return {
      rows: index.table.size,
      rowsInGraph: index.graph?.size ?? 0,
      hasGraph: index.graph !== undefined,
      isSaved: savedRevision === index.revision,
      arenaBytes: this.arena.bytes,
    };
  }

  private folder(collection: string): string {
    return join(this.options.directory, safeCollectionName(collection));
  }

  private saveFailed(collection: string): (error: unknown) => void {
    return (error) => {
      this.reply({ kind: 'save-failed', collection, error: toWireError(error) });
    };
  }

  private reply(message: VectorReply): void {
    this.port.postMessage(message);
  }
}

if (parentPort !== null) new VectorThread(parentPort, workerData as VectorThreadOptions);
