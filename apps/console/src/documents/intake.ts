/**
 * What is on its way into a collection: files and texts, from the choice to the end of their job. It goes on while
 * another page is shown. Three at a time are sent; the list holds the last hundred.
 */
import { addText, cancelJob, followJob } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import { uploadFile } from '../api/upload';
import type { AcceptedDocument, JobState } from '../api/wire';
import { createStore } from '../store';

export interface IntakeItem {
  readonly id: number;
  readonly name: string;
  readonly collection: string;
  readonly state: JobState | 'uploading';
  /** 0..1, of the upload, then of the job. */
  readonly share: number;
  readonly problem?: Problem | undefined;
  readonly jobId?: string | undefined;
}

interface Text {
  readonly title: string;
  readonly text: string;
  readonly source: string;
}

type Send = (item: IntakeItem, signal: AbortSignal) => Promise<AcceptedDocument>;

const maxItems = 100;
const sentAtOnce = 3;

export const intake = createStore<readonly IntakeItem[]>([]);
/** Grows with each document that became searchable. */
export const arrivals = createStore(0);

const waiting: { readonly id: number; readonly send: Send }[] = [];
const stops = new Map<number, AbortController>();
let sending = 0;
let lastId = 0;

export function addFiles(files: readonly File[], collection: string): void {
  for (const file of files) {
    enqueue(file.name, collection, (item, signal) =>
      uploadFile({
        file,
        collection: nameOf(item),
        signal,
        onProgress: (share) => {
          change(item.id, { share });
        },
      }),
    );
  }
}

export function addPasted({ title, text, source }: Text, collection: string): void {
  enqueue(title, collection, (item) => {
    const collectionName = nameOf(item);
    return addText({
      title,
      text,
      doc_type: 'markdown',
      ...(source !== '' && { source }),
      ...(collectionName !== undefined && { collection: collectionName }),
    });
  });
}

export function isUnderWay({ state }: IntakeItem): boolean {
  return state === 'uploading' || state === 'queued' || state === 'running';
}

/** Stops an upload, or asks the server to cancel the job. */
export async function cancel(item: IntakeItem): Promise<void> {
  if (item.jobId === undefined) {
    stops.get(item.id)?.abort();
    return;
  }
  try {
    await cancelJob(item.jobId);
  } catch (error) {
    change(item.id, { problem: asProblem(error) });
  }
}

export function clearEnded(): void {
  intake.set(intake.get().filter(isUnderWay));
}

function nameOf({ collection }: IntakeItem): string | undefined {
  return collection === '' ? undefined : collection;
}

function enqueue(name: string, collection: string, send: Send): void {
  const id = ++lastId;
  const all = [{ id, name, collection, state: 'uploading' as const, share: 0 }, ...intake.get()];
  // Those under way are never forgotten.
  intake.set(all.filter((item, index) => index < maxItems || isUnderWay(item)));
  stops.set(id, new AbortController());
  waiting.push({ id, send });
  sendNext();
}

function sendNext(): void {
  while (sending < sentAtOnce) {
    const next = waiting.shift();
    if (next === undefined) return;
    sending++;
    void run(next.id, next.send);
  }
}

async function run(id: number, send: Send): Promise<void> {
  const stop = stops.get(id) ?? new AbortController();
  let isSent = false;
  const release = (): void => {
    if (!isSent) sending--;
    isSent = true;
    sendNext();
  };
  try {
    const item = intake.get().find((one) => one.id === id);
    if (item === undefined) return;
    stop.signal.throwIfAborted();
    const { job_id: jobId } = await send(item, stop.signal);
    change(id, { jobId, state: 'queued', share: 0 });
    release();
    for await (const { state, progress, problem } of followJob(jobId, stop.signal)) {
      const share = progress.total === 0 ? 0 : progress.done / progress.total;
      change(id, { state, share, ...(problem && { problem: { ...problem, title: problem.title ?? problem.code } }) });
      if (state === 'succeeded') arrivals.set(arrivals.get() + 1);
    }
  } catch (error) {
    if (isAbort(error)) change(id, { state: 'cancelled' });
    else change(id, { state: 'failed', problem: asProblem(error) });
  } finally {
    stops.delete(id);
    release();
  }
}

function change(id: number, next: Partial<IntakeItem>): void {
  intake.set(intake.get().map((item) => (item.id === id ? { ...item, ...next } : item)));
}
